"""What a run is about to do, before anybody writes the change: a person may want to say yes first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from eaa.domain.directive import Directive, DirectiveKind
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.kind import Kind

APPROVAL_DAYS = 7
"""How long a yes counts."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the author's model will likely cost; a guess from the size of its prompts, not a promise."""

    fewest_answers: int
    most_answers: int
    least_tokens: int
    most_tokens: int
    least_microusd: int | None = None
    """None: the price is not known."""
    most_microusd: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedCriterion:
    """A criterion and the tests that will show it."""

    id: CriterionId
    text: str
    tests: tuple[TestId, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall become true, how it will be shown, and where the work will be."""

    kind: Kind
    title: str
    criteria: tuple[PlannedCriterion, ...]
    tests_commit: CommitId
    """The base with the tests; the base itself where none were written yet."""
    red: tuple[TestId, ...]
    """Tests that fail today for the right reason."""
    paths: tuple[str, ...]
    """Where the code map points, most relevant first."""
    decision_needed: str = ""
    estimate: Estimate | None = None
    """None without a model."""
    design: str = ""
    """The way that SA's model recommends; empty where none was asked."""


def is_approved(directives: tuple[Directive, ...], subject_sha256: str, *, now: datetime) -> bool:
    """Return whether a person said yes to exactly this subject, and not too long ago."""
    oldest = now - timedelta(days=APPROVAL_DAYS)
    return any(
        one.kind is DirectiveKind.APPROVE and one.text == subject_sha256 and one.created_at >= oldest
        for one in directives
    )
