"""The honest words: what evidence amounts to, for a criterion and for a task."""

from collections.abc import Sequence
from enum import StrEnum


class CriterionVerdict(StrEnum):
    """What the evidence for one criterion amounts to."""

    SHOWN = "shown"
    HELD = "held"
    PLAUSIBLE = "plausible"
    UNSTABLE = "unstable"
    NOT_SHOWN = "not shown"
    CONTRADICTED = "contradicted"
    NEEDS_EYES = "needs eyes"


class TaskVerdict(StrEnum):
    """What a run achieved."""

    DONE = "done"
    PARTLY = "partly"
    PLAUSIBLE = "plausible"
    CANNOT_REPRODUCE = "cannot reproduce"
    ALREADY_FIXED = "already fixed"
    NEEDS_DECISION = "needs a decision"
    ENVIRONMENT_MISSING = "environment missing"
    FAILED = "failed"


_PROVEN = frozenset({CriterionVerdict.SHOWN, CriterionVerdict.HELD})


def judge_task(verdicts: Sequence[CriterionVerdict], *, is_regression_free: bool, is_untampered: bool) -> TaskVerdict:
    """Return the verdict of a task from those of its criteria.

    A contradicted criterion, a new failure in the regression set or tampering makes the task *failed*, whatever else
    was shown.
    """
    if not is_regression_free or not is_untampered or CriterionVerdict.CONTRADICTED in verdicts:
        return TaskVerdict.FAILED
    if not verdicts:
        return TaskVerdict.NEEDS_DECISION
    if all(verdict in _PROVEN for verdict in verdicts):
        return TaskVerdict.DONE
    if any(verdict in _PROVEN for verdict in verdicts):
        return TaskVerdict.PARTLY
    if CriterionVerdict.PLAUSIBLE in verdicts:
        return TaskVerdict.PLAUSIBLE
    if CriterionVerdict.NEEDS_EYES in verdicts:
        return TaskVerdict.NEEDS_DECISION
    return TaskVerdict.FAILED
