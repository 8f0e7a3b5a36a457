"""Which colour a test showed, and whether its red is the right one (DESIGN §5)."""

import re
from collections.abc import Sequence
from enum import StrEnum

from eaa.domain.test_report import RED_OUTCOMES, Outcome, TestResult

_HANGING = re.compile(
    r"\b(hangs?|hung|time[sd]? ?out|infinite|forever|never (returns|ends|finishes|stops)|deadlocks?)\b"
)


class Colour(StrEnum):
    """What several runs of one test amount to."""

    GREEN = "green"
    RED = "red"
    """Red in every run, each time by an assertion or the reported symptom."""
    WRONG_RED = "red for another reason"
    UNSTABLE = "unstable"
    """Not the same in every run."""
    NOT_JUDGED = "not judged"
    """Skipped, or expected to fail."""


def colour_of(results: Sequence[TestResult], *, reported: str) -> Colour:
    """Return the colour of a test.

    Args:
        results: At least one, of several runs on one side.
        reported: The criterion's words; an exception named in them is the reported symptom.
    """
    outcomes = {result.outcome for result in results}
    if outcomes == {Outcome.PASSED}:
        return Colour.GREEN
    if outcomes <= RED_OUTCOMES:
        return Colour.RED if all(is_right_red(result, reported=reported) for result in results) else Colour.WRONG_RED
    if Outcome.PASSED in outcomes or outcomes & RED_OUTCOMES:
        return Colour.UNSTABLE
    return Colour.NOT_JUDGED


def is_right_red(result: TestResult, *, reported: str) -> bool:
    """Return whether a red result is an assertion, or shows the symptom that was reported."""
    match result.outcome:
        case Outcome.FAILED:
            return True
        case Outcome.RAISED:
            return result.exception is not None and _names(reported, result.exception)
        case Outcome.TIMED_OUT:
            return _HANGING.search(reported.lower()) is not None
        case _:
            return False


def reason_of(results: Sequence[TestResult]) -> str:
    """Return in a few words how a test was red: `failed`, `raised TypeError`, `broken`; the first run speaks."""
    first = results[0]
    if first.outcome is Outcome.RAISED and first.exception:
        return f"raised {first.exception}"
    return first.outcome.value


def _names(text: str, exception: str) -> bool:
    last = exception.rpartition(".")[2]
    return re.search(rf"(?<!\w){re.escape(last)}(?!\w)", text) is not None
