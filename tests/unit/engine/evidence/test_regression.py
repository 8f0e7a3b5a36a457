"""The project's other tests, on both sides."""

from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, TestResult
from eaa.engine.evidence.observation import Observation
from eaa.engine.evidence.regression import compare_sides


def observed(**outcomes: Outcome) -> Observation:
    """Make an observation of three equal runs."""
    results = {TestId(name): (TestResult(TestId(name), outcome),) * 3 for name, outcome in outcomes.items()}
    return Observation(results=results, covered={}, duration_s=0.0)


def test_what_the_head_brings_along_and_nobody_claims_has_to_be_green() -> None:
    base = observed(old=Outcome.PASSED)
    head = observed(old=Outcome.PASSED, fine=Outcome.PASSED, broken=Outcome.BROKEN, red=Outcome.FAILED)

    compared = compare_sides(base, head, is_criterion=lambda _: False, missing=frozenset())

    assert compared.regression.newly_failing == ("broken", "red")


def test_what_a_criterion_claims_and_what_was_red_before_is_judged_elsewhere() -> None:
    base = observed(old=Outcome.FAILED)
    head = observed(old=Outcome.FAILED, claimed=Outcome.FAILED)

    compared = compare_sides(base, head, is_criterion=lambda test: test == "claimed", missing=frozenset())

    assert compared.regression.newly_failing == ()
