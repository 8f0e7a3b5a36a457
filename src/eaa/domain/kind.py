"""What sort of task something is; the kind decides what counts as evidence (DESIGN §5)."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds a task can have."""

    BUG = "bug"
    FEATURE = "feature"
    REFACTOR = "refactor"
    TESTS = "tests"
    DOCS = "docs"
    CONFIG = "config"
    DEPENDENCY = "dependency"
    PERFORMANCE = "performance"
    FLAKY = "flaky"
    UI = "ui"
    QUESTION = "question"
    REVIEW = "review"
    INCIDENT = "incident"


PROVABLE_KINDS = frozenset({Kind.BUG, Kind.FEATURE, Kind.REFACTOR, Kind.TESTS})
"""The kinds whose evidence rules are built so far; a task of another kind is refused with a clear message."""
