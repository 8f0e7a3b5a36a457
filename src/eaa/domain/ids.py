"""Names of things: `<prefix>_<ULID>` texts, each of its own type."""

from typing import NewType

OrganisationId = NewType("OrganisationId", str)
TaskId = NewType("TaskId", str)
RunId = NewType("RunId", str)
EffectId = NewType("EffectId", str)
EventId = NewType("EventId", str)
ApprovalId = NewType("ApprovalId", str)
QuestionId = NewType("QuestionId", str)
RepositoryId = NewType("RepositoryId", str)
RoleCallId = NewType("RoleCallId", str)
"""Sixteen hexadecimal characters derived from the source; names the mirror's folder."""
CriterionId = NewType("CriterionId", str)
"""`c1`, `c2`, … in the order the request states them."""
TestId = NewType("TestId", str)
"""The framework's own name of one test: a pytest node id, or a dotted unittest name."""
CommitId = NewType("CommitId", str)
"""Full hexadecimal commit hash."""
TreeId = NewType("TreeId", str)
"""Full hexadecimal tree hash."""
BlobId = NewType("BlobId", str)
"""`sha256:` and 64 hexadecimal characters."""
EnvironmentKey = NewType("EnvironmentKey", str)
"""SHA-256 over lock files, toolchain and recipe."""

DEFAULT_ORGANISATION = OrganisationId("org_default")
