"""Whether a test is red for the right reason (DESIGN §5)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.criterion import Criterion
from eaa.domain.test_report import GREEN_OUTCOMES, Outcome, TestResult
from eaa.kit.bounded import bound_text

_EXCEPTION = re.compile(
    r"\b(?:[A-Za-z_]\w{0,80}\.)*([A-Z]\w{0,80}(?:Error|Exception|Warning|Exit|Interrupt|Iteration))\b"
)
_CRASH = re.compile(r"\b(crash\w*|traceback|raises?|raised|throws?|exception|blows? up|errors? out)\b", re.IGNORECASE)
_HANG = re.compile(
    r"\b(hangs?|hanging|freezes?|never (?:returns|ends|finishes|terminates)|infinite(?:ly)?"
    r"|endless(?:ly)?|times? out|timeout)\b",
    re.IGNORECASE,
)


class Colour(StrEnum):
    """How a test stands on the base."""

    RED = "red"
    GREEN = "green"
    WRONG_REASON = "wrong reason"


@dataclass(frozen=True, slots=True)
class Symptom:
    """What the request says goes wrong, besides a wrong answer."""

    exceptions: frozenset[str]
    """Exception names it mentions, without their modules."""
    is_crash: bool
    """It speaks of a crash without naming one."""
    is_hang: bool


def symptom_of(text: str, criterion: Criterion, *, is_named: bool) -> Symptom:
    """Return the symptom reported for a criterion's tests.

    Args:
        text: The whole request: exceptions are often named outside of the sentence that holds the example.
        criterion: Whose tests are judged.
        is_named: The test was there already and the request is about it: however it fails is what was reported.
    """
    expected = {example.raises for example in criterion.examples if example.raises}
    exceptions = frozenset(_EXCEPTION.findall(text)) - expected
    return Symptom(
        exceptions=exceptions,
        is_crash=is_named or (not exceptions and _CRASH.search(text) is not None and not expected),
        is_hang=is_named or _HANG.search(text) is not None,
    )


def judge(results: Sequence[TestResult], symptom: Symptom) -> tuple[Colour, str]:
    """Return the colour of one test on the base, and the reason when red does not count.

    Args:
        results: One a trial.
        symptom: What the request reported.
    """
    if not results:
        return Colour.WRONG_REASON, "no suite of the project holds it"
    if all(result.outcome in GREEN_OUTCOMES for result in results):
        return Colour.GREEN, ""
    wrong = [reason for result in results if (reason := _wrong_reason(result, symptom))]
    if not wrong:
        return Colour.RED, ""
    if any(result.outcome in GREEN_OUTCOMES for result in results):
        red = sum(result.outcome not in GREEN_OUTCOMES for result in results)
        return Colour.WRONG_REASON, f"unstable: red in {red} of {len(results)} runs"
    return Colour.WRONG_REASON, wrong[0]


def _wrong_reason(result: TestResult, symptom: Symptom) -> str:
    match result.outcome:
        case Outcome.FAILED:
            return ""
        case Outcome.RAISED if _is_reported(result.exception, symptom):
            return ""
        case Outcome.TIMED_OUT if symptom.is_hang:
            return ""
        case Outcome.PASSED:
            return "it passed"
        case Outcome.RAISED:
            return f"it raised {result.exception}, which the request does not report"
        case _:
            message = bound_text(result.message.strip().partition("\n")[0], limit_characters=200)
            return f"{result.outcome}: {message}" if message else str(result.outcome)


def _is_reported(exception: str | None, symptom: Symptom) -> bool:
    name = (exception or "").rpartition(".")[2]
    return symptom.is_crash or name in symptom.exceptions
