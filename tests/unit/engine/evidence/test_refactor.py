"""The rules for refactorings: the unchanged suite stays green and the interface stays the same."""

from eaa.domain.kind import Kind
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, BROKEN, FIXED, OLD_TESTS

TIDY = {"shop.py": "def total(prices, discount):\n    return sum(prices, discount)\n"}


async def test_a_tidy_refactoring_is_held() -> None:
    evidence = await TinyWorld().prove(BASE, TIDY)

    assert evidence.kind is Kind.REFACTOR
    assert [criterion.verdict for criterion in evidence.criteria] == [CriterionVerdict.HELD]
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_refactoring_that_breaks_a_test_is_contradicted() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": BROKEN.replace("sum(prices)", "sum(prices) - 1")})

    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_changed_interface_is_only_plausible_as_a_refactoring() -> None:
    head = {"shop.py": TIDY["shop.py"].replace("discount", "reduction")}

    evidence = await TinyWorld().prove(BASE, head, kind=Kind.REFACTOR)

    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "interface" in evidence.criteria[0].method


async def test_a_changed_suite_is_only_plausible_as_a_refactoring() -> None:
    head = {**TIDY, "tests/test_shop.py": OLD_TESTS + "\n# more\n"}

    evidence = await TinyWorld().prove(BASE, head, kind=Kind.REFACTOR)

    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "suite itself" in evidence.criteria[0].method


async def test_a_refactoring_that_changes_no_source_is_not_held() -> None:
    evidence = await TinyWorld().prove(BASE, {"tests/test_more.py": OLD_TESTS}, kind=Kind.REFACTOR)

    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "no source file was changed" in evidence.criteria[0].method


async def test_lines_that_no_test_runs_cannot_be_held() -> None:
    base = {**BASE, "shop.py": FIXED + "\ndef rare(a):\n    return a + a\n"}

    evidence = await TinyWorld().prove(base, {"shop.py": base["shop.py"].replace("a + a", "2 * a")})

    assert evidence.uncovered_lines == (("shop.py", (6,)),)
    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE


async def test_calls_on_inputs_near_those_of_the_tests_are_answered_as_before() -> None:
    evidence = await TinyWorld().prove(BASE, TIDY)

    assert "calls answered as before" in evidence.criteria[0].method


async def test_a_difference_that_no_test_sees_is_found_by_calling_both() -> None:
    off_the_path = "def total(prices, discount):\n    return sum(prices) + abs(discount)\n"

    evidence = await TinyWorld().prove(BASE, {"shop.py": off_the_path})

    assert evidence.regression.newly_failing == ()
    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert "total([1, 2], -1)" in evidence.criteria[0].method


async def test_answers_that_vary_by_themselves_are_not_held_against_anyone() -> None:
    base = {**BASE, "shop.py": "from world import tick\n" + BROKEN.replace("discount\n", "discount + tick() * 0\n")}
    base["shop.py"] += "\ndef ticket(a):\n    return tick()\n"
    base["tests/test_shop.py"] += "\ndef test_ticket():\n    from shop import ticket\n    assert ticket(1)\n"

    evidence = await TinyWorld().prove(base, {"shop.py": base["shop.py"].replace("return tick()", "return 0 + tick()")})

    assert evidence.criteria[0].verdict is CriterionVerdict.HELD
