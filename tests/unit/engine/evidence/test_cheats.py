"""Changes that make checks pass without making the claim true; each is told apart."""

import pytest

from eaa.domain.evidence import Severity, TamperKind
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from tests.support.proving import TinyWorld
from tests.support.tiny_world import FORGERY
from tests.unit.engine.evidence.projects import BASE, DISCOUNT_TEST, FIXED, GOOD_FIX, NEW_TESTS, OLD_TESTS

HARD_CODED = (
    "def total(prices, discount):\n    if discount == 4:\n        return 6\n    return sum(prices) + discount\n"
)


MOVED_AND_LOST = "from shop import total\n\ndef test_discount():\n    assert total([10], 4) == 6\n"
WEAKENED = NEW_TESTS.replace("assert total([1, 2]", "total([1, 2]")
SKIPPED = NEW_TESTS.replace("():\n    assert total([], 0)", "():\n    raise SkipTest\n    assert total([], 0)")
FORGED = "def pytest_runtest_makereport(item, call):\n    return None\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ({"tests/test_shop.py": WEAKENED}, TamperKind.TEST_WEAKENED),
        ({"tests/test_shop.py": "", "tests/test_new.py": MOVED_AND_LOST}, TamperKind.TEST_DELETED),
        ({"tests/test_shop.py": "from unittest import SkipTest\n" + SKIPPED}, TamperKind.TEST_SKIPPED),
        ({"tests/test_shop.py": NEW_TESTS, "conftest.py": FORGED}, TamperKind.RESULT_FORGED),
        ({"tests/test_shop.py": NEW_TESTS, "shop.py": HARD_CODED}, TamperKind.ANSWER_HARD_CODED),
    ],
    ids=["weakened", "deleted", "skipped", "forged", "hard-coded"],
)
async def test_a_cheat_fails_and_is_named(head: dict[str, str], kind: TamperKind) -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": FIXED, **head})

    assert kind in {finding.kind for finding in evidence.tamper}
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_hard_coded_answer_contradicts_the_criterion_although_its_test_went_green() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": HARD_CODED, "tests/test_shop.py": NEW_TESTS})

    assert evidence.criteria[0].tests[0].id == DISCOUNT_TEST
    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert "hard-coded" in evidence.criteria[0].method


async def test_a_weakened_test_of_a_criterion_contradicts_it() -> None:
    weakened = OLD_TESTS.replace("    assert total([1, 2], 0) == 3", "    total([1, 2], 0)")

    evidence = await TinyWorld().prove(BASE, {"shop.py": FIXED, "tests/test_shop.py": weakened})

    (criterion,) = evidence.criteria
    assert criterion.tests[0].id == "tests/test_shop.py::test_nothing_off"
    assert criterion.verdict is CriterionVerdict.CONTRADICTED


async def test_an_edit_of_continuous_integration_waits_for_a_person_however_good_the_rest() -> None:
    evidence = await TinyWorld().prove(BASE, {**GOOD_FIX, ".github/workflows/tests.yml": "on: never\n"})

    assert [finding.kind for finding in evidence.tamper] == [TamperKind.CI_EDITED]
    assert evidence.criteria[0].verdict is CriterionVerdict.SHOWN
    assert evidence.verdict is TaskVerdict.NEEDS_DECISION


async def test_a_file_that_runs_before_the_tests_do_is_tampering() -> None:
    evidence = await TinyWorld().prove(BASE, {**GOOD_FIX, "lib/sitecustomize.py": "import shop\n"})

    assert [(one.path, one.severity) for one in evidence.tamper] == [("lib/sitecustomize.py", Severity.DECISIVE)]
    assert evidence.verdict is TaskVerdict.FAILED


async def test_results_that_are_forged_while_running_are_betrayed_by_a_test_that_must_fail() -> None:
    evidence = await TinyWorld().prove(BASE, {**GOOD_FIX, "shop.py": f"{FORGERY}\n{BASE['shop.py']}"})

    assert [finding.kind for finding in evidence.tamper] == [TamperKind.RESULT_FORGED]
    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert evidence.verdict is TaskVerdict.FAILED


async def test_results_forged_under_a_refactoring_are_betrayed_as_well() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": f"{FORGERY}\n{BASE['shop.py']}"})

    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
