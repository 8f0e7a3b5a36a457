"""The rules for bugs: red on the base for the right reason, green on the head."""

from dataclasses import replace

from eaa.domain.evidence import TamperKind
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.evidence.judge import MUTANTS_THAT_TELL
from eaa.engine.evidence.words import doubts
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, BROKEN, DISCOUNT_TEST, FIXED, GOOD_FIX, NEW_TESTS, OLD_TESTS


async def test_a_good_fix_is_shown_with_its_outcomes_on_both_sides() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)

    assert evidence.kind is Kind.BUG
    assert evidence.verdict is TaskVerdict.DONE
    (criterion,) = evidence.criteria
    assert criterion.verdict is CriterionVerdict.SHOWN
    (test,) = criterion.tests
    assert test.id == DISCOUNT_TEST
    assert test.base == (Outcome.FAILED,) * 3
    assert test.base_exception == "AssertionError"
    assert test.stub is None
    assert test.head == (Outcome.PASSED,) * 3


async def test_the_other_tests_are_compared_on_both_sides() -> None:
    evidence = await TinyWorld().prove(BASE, GOOD_FIX)

    regression = evidence.regression
    assert (regression.selected, regression.passed_base, regression.passed_head) == (2, 2, 2)
    assert regression.newly_failing == ()


async def test_a_head_that_breaks_another_test_fails_and_names_it() -> None:
    head = {**GOOD_FIX, "shop.py": "def total(prices, discount):\n    return sum(prices) - discount or 6\n"}

    evidence = await TinyWorld().prove(BASE, head)

    assert evidence.regression.newly_failing == ("tests/test_shop.py::test_no_prices",)
    assert evidence.criteria[0].verdict is CriterionVerdict.SHOWN
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_test_that_passes_on_the_base_shows_nothing() -> None:
    evidence = await TinyWorld().prove({**BASE, "shop.py": FIXED}, {**GOOD_FIX, "shop.py": "# the same\n" + FIXED})

    assert evidence.criteria[0].verdict is CriterionVerdict.NOT_SHOWN
    assert "pass on the base already" in evidence.criteria[0].method
    assert evidence.verdict is TaskVerdict.ALREADY_FIXED


async def test_an_import_error_on_the_base_is_not_red() -> None:
    head = {
        "shop.py": FIXED + "\ndef helper():\n    return 1\n",
        "tests/test_new.py": "from shop import helper\n\ndef test_helper():\n    assert helper() == 1\n",
    }

    evidence = await TinyWorld().prove(BASE, head, kind=Kind.BUG)

    assert evidence.criteria[0].tests[0].base == (Outcome.BROKEN,) * 3
    assert evidence.criteria[0].verdict is CriterionVerdict.NOT_SHOWN
    assert "kind feature" in evidence.criteria[0].method


async def test_an_exception_counts_as_red_only_when_it_was_reported() -> None:
    base = {"shop.py": "def first(items):\n    return items[0]\n", "tests/test_shop.py": ""}
    head = {
        "shop.py": "def first(items):\n    return items[0] if items else None\n",
        "tests/test_shop.py": "from shop import first\n\ndef test_empty():\n    assert first([]) is None\n",
    }
    world = TinyWorld()
    tests = ["tests/test_shop.py::test_empty"]

    silent = await world.gather(world.claim(base, head, kind=Kind.BUG, tests=tests, text="first works on nothing"))
    told = await world.gather(world.claim(base, head, kind=Kind.BUG, tests=tests, text="first([]) gives IndexError"))

    assert silent.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "raised IndexError" in silent.criteria[0].method
    assert silent.verdict is TaskVerdict.PLAUSIBLE
    assert told.criteria[0].verdict is CriterionVerdict.SHOWN


async def test_a_test_that_fails_on_the_head_contradicts_its_criterion() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": "# changed\n" + BROKEN, "tests/test_shop.py": NEW_TESTS})

    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_flaky_test_of_a_criterion_is_unstable() -> None:
    flaky = NEW_TESTS.replace("(): \n", "():\n") + "    from world import tick\n    assert tick() % 2\n"

    evidence = await TinyWorld().prove(BASE, {"shop.py": FIXED, "tests/test_shop.py": flaky})

    assert evidence.criteria[0].verdict is CriterionVerdict.UNSTABLE
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_flaky_test_elsewhere_is_named_and_left_out() -> None:
    flaky = {"tests/test_odd.py": "from world import tick\n\ndef test_odd():\n    assert tick() % 2\n"}

    evidence = await TinyWorld().prove({**BASE, **flaky}, GOOD_FIX)

    assert evidence.regression.flaky == ("tests/test_odd.py::test_odd",)
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_claimed_test_that_does_not_exist_is_not_shown_and_stays_on_record() -> None:
    world = TinyWorld()

    evidence = await world.gather(world.claim(BASE, GOOD_FIX, kind=Kind.BUG, tests=["tests/test_shop.py::test_none"]))

    assert evidence.criteria[0].verdict is CriterionVerdict.NOT_SHOWN
    assert evidence.criteria[0].tests[0].id == "tests/test_shop.py::test_none"
    assert evidence.criteria[0].tests[0].head == ()


async def test_survivors_and_uncovered_lines_are_listed() -> None:
    head = {
        "shop.py": FIXED + "\ndef unused(a, b):\n    return a - b\n\nLIMIT = 2 + 3\n",
        "tests/test_shop.py": NEW_TESTS,
    }

    evidence = await TinyWorld().prove(BASE, head, kind=Kind.BUG)

    assert evidence.uncovered_lines == (("shop.py", (6,)),)
    assert evidence.mutants.killed == 1
    assert [(survivor.line, survivor.description) for survivor in evidence.mutants.survivors] == [(8, "+ became -")]
    assert "1 of 2 mutants" in evidence.criteria[0].method


async def test_a_vanished_test_whose_text_is_still_there_counts_as_failing() -> None:
    world = TinyWorld()
    evidence = await world.prove(BASE, {**GOOD_FIX, "tests/test_shop.py": NEW_TESTS + "\ndel test_no_prices\n"})

    assert evidence.regression.newly_failing == ("tests/test_shop.py::test_no_prices",)
    assert evidence.verdict is TaskVerdict.FAILED


async def test_moving_a_test_to_another_file_is_no_deletion() -> None:
    head = {
        "shop.py": FIXED,
        "tests/test_shop.py": NEW_TESTS.replace("def test_no_prices():\n    assert total([], 0) == 0\n", ""),
        "tests/test_empty.py": "from shop import total\n\ndef test_no_prices():\n    assert total([], 0) == 0\n",
    }

    evidence = await TinyWorld().prove(BASE, head)

    assert TamperKind.TEST_DELETED not in {finding.kind for finding in evidence.tamper}
    assert OLD_TESTS.count("test_no_prices") == 1
    assert evidence.verdict is not TaskVerdict.FAILED


async def test_what_the_author_leaves_open_keeps_a_fix_from_being_shown() -> None:
    world = TinyWorld()
    claim = world.claim(BASE, GOOD_FIX, kind=Kind.BUG, tests=[DISCOUNT_TEST], text="the discount is taken off")

    settled = await world.gather(claim)
    open_still = await world.gather(replace(claim, left_open=("another change passes the same tests.",)))

    assert settled.verdict is TaskVerdict.DONE
    assert open_still.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "leaves something open" in open_still.criteria[0].method
    assert open_still.verdict is TaskVerdict.PLAUSIBLE
    assert "left open: another change passes the same tests." in doubts(open_still)


async def test_tests_that_notice_no_wrong_variant_at_all_show_nothing() -> None:
    base = {"shop.py": "def rates(a, b, c):\n    assert False\n", "tests/test_shop.py": ""}
    head = {
        "shop.py": "def rates(a, b, c):\n    x = a + b * c - 3\n    y = a - b + c * 4\n    return x or y or 1\n",
        "tests/test_shop.py": "from shop import rates\n\ndef test_something():\n    rates(1, 2, 3)\n",
    }
    world = TinyWorld()

    evidence = await world.gather(
        world.claim(base, head, kind=Kind.BUG, tests=["tests/test_shop.py::test_something"], text="AssertionError")
    )

    assert evidence.mutants.run >= MUTANTS_THAT_TELL
    assert evidence.mutants.killed == 0
    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "notice no wrong variant" in evidence.criteria[0].method
