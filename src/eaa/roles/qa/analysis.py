"""How each test stands on the base: red for the right reason, green, or red for a reason that does not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.criterion import Criterion
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.test_report import RED_OUTCOMES, TestResult
from eaa.engine.evidence.colour import Colour, colour_of, reason_of
from eaa.engine.evidence.observation import Observation
from eaa.kit.bounded import bound_text, printable

TestsOfCriteria = tuple[tuple[CriterionId, tuple[TestId, ...]], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What runs of the base showed."""

    tests: TestsOfCriteria
    """As they ran: a name without parameters stands for all its parameters."""
    red: tuple[TestId, ...]
    green: tuple[TestId, ...]
    wrong_reason: tuple[tuple[TestId, str], ...]


def gather_tests(criteria: Sequence[Criterion], made: Mapping[CriterionId, Sequence[TestId]]) -> TestsOfCriteria:
    """Return each criterion's tests: those it names and those made from its examples. Without tests it is left out."""
    every = ((criterion.id, (*criterion.tests, *made.get(criterion.id, ()))) for criterion in criteria)
    return tuple((criterion, tuple(dict.fromkeys(tests))) for criterion, tests in every if tests)


def standing_of(criteria: Sequence[Criterion], tests: TestsOfCriteria, seen: Observation) -> Standing:
    """Return how the tests stand, by the rules the evidence is judged by later.

    A test of several criteria is judged by the first; what makes it red is the same for all.
    """
    words = {criterion.id: f"{criterion.text}\n{criterion.source}" for criterion in criteria}
    ran = tuple((criterion, _as_they_ran(chosen, seen)) for criterion, chosen in tests)
    judged: dict[TestId, tuple[Colour, str]] = {}
    for criterion, chosen in ran:
        for test in chosen:
            results = seen.of(test)
            judged.setdefault(test, (colour_of(results, reported=words[criterion]), wrong_reason(results)))
    return Standing(
        tests=ran,
        red=tuple(test for test, (colour, _) in judged.items() if colour is Colour.RED),
        green=tuple(test for test, (colour, _) in judged.items() if colour is Colour.GREEN),
        wrong_reason=tuple(
            (test, reason) for test, (colour, reason) in judged.items() if colour not in {Colour.RED, Colour.GREEN}
        ),
    )


def wrong_reason(results: Sequence[TestResult]) -> str:
    """Return in one line why red does not count: an unreported exception, an import error, an answer that varies."""
    red = [result for result in results if result.outcome in RED_OUTCOMES]
    if red and len(red) < len(results):
        return f"unstable: red in {len(red)} of {len(results)} runs"
    message = next((result.message for result in results if result.message.strip()), "")
    last = (
        message.strip().rpartition("\n")[2] if message.startswith("Traceback") else message.strip().partition("\n")[0]
    )
    short = printable(bound_text(last, limit_characters=200).replace("\n", " "))
    reason = reason_of(results)
    if reason.startswith("raised"):
        reason += ", which the request does not report"
    return f"{reason}: {short}" if short else reason


def _as_they_ran(tests: Sequence[TestId], seen: Observation) -> tuple[TestId, ...]:
    return tuple(dict.fromkeys(ran for test in tests for ran in seen.named(test) or (test,)))
