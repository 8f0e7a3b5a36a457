"""How QA sorts tests by what the base shows."""

from eaa.domain.criterion import Criterion
from eaa.domain.ids import CriterionId, TestId
from eaa.domain.test_report import Outcome, TestResult
from eaa.engine.evidence.observation import Observation
from eaa.roles.qa.analysis import Standing, gather_tests, standing_of

ONE = TestId("tests/test_a.py::test_one")
C1 = CriterionId("c1")


def stand(*outcomes: Outcome, exception: str | None = None, text: str = "f(1) gives 2", name: TestId = ONE) -> Standing:
    """Return how one test with these outcomes stands."""
    criterion = Criterion(C1, text, text, tests=(ONE,))
    results = tuple(TestResult(name, outcome, exception=exception, message="why") for outcome in outcomes)
    seen = Observation({name: results}, {}, 1.0)
    return standing_of([criterion], gather_tests([criterion], {}), seen)


def test_an_assertion_is_red() -> None:
    assert stand(Outcome.FAILED, Outcome.FAILED, Outcome.FAILED).red == (ONE,)


def test_an_exception_is_red_only_when_it_was_reported() -> None:
    reported = stand(Outcome.RAISED, exception="KeyError", text="f raises KeyError")
    unreported = stand(Outcome.RAISED, exception="KeyError")

    assert reported.red == (ONE,)
    assert unreported.wrong_reason == ((ONE, "raised KeyError, which the request does not report: why"),)


def test_an_import_error_is_never_red() -> None:
    standing = stand(Outcome.BROKEN, exception="ImportError", text="f raises ImportError")

    assert standing.red == ()
    assert standing.wrong_reason[0][0] == ONE


def test_a_test_that_passes_already_is_green() -> None:
    assert stand(Outcome.PASSED, Outcome.PASSED, Outcome.PASSED).green == (ONE,)


def test_a_test_that_varies_is_said_to_be_unstable() -> None:
    assert stand(Outcome.PASSED, Outcome.FAILED, Outcome.FAILED).wrong_reason == (
        (ONE, "unstable: red in 2 of 3 runs"),
    )


def test_a_name_without_parameters_stands_for_all_of_them() -> None:
    standing = stand(Outcome.FAILED, name=TestId(f"{ONE}[empty]"))

    assert standing.tests == ((C1, (TestId(f"{ONE}[empty]"),)),)
    assert standing.red == (TestId(f"{ONE}[empty]"),)


def test_a_test_that_never_ran_is_listed_with_that_reason() -> None:
    criterion = Criterion(C1, "t", "t", tests=(ONE,))

    standing = standing_of([criterion], gather_tests([criterion], {}), Observation({}, {}, 0.0))

    assert standing.wrong_reason == ((ONE, "missing"),)
