"""The rules for tests: the target's lines run and its mutants are noticed."""

from eaa.domain.kind import Kind
from eaa.domain.verdict import CriterionVerdict
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import FIXED

BASE = {"shop.py": FIXED + "\ndef cheap(price):\n    if price < 5:\n        return True\n    return False\n"}
SHARP = "from shop import total\n\ndef test_total():\n    assert total([9], 2) == 7\n"
BLUNT = "from shop import total\n\ndef test_total():\n    assert total([9], 2) is not None\n"


async def test_tests_that_notice_mutants_are_shown() -> None:
    evidence = await TinyWorld().prove(BASE, {"tests/test_total.py": SHARP})

    assert evidence.kind is Kind.TESTS
    assert evidence.criteria[0].verdict is CriterionVerdict.SHOWN
    assert evidence.mutants.killed == evidence.mutants.run == 1


async def test_tests_that_notice_nothing_are_only_plausible() -> None:
    evidence = await TinyWorld().prove(BASE, {"tests/test_total.py": BLUNT})

    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert len(evidence.mutants.survivors) == 1


async def test_a_named_function_has_to_be_covered_whole() -> None:
    world = TinyWorld()
    head = {"tests/test_cheap.py": "from shop import cheap\n\ndef test_cheap():\n    assert cheap(5) is False\n"}
    claim = world.claim(BASE, head, kind=Kind.TESTS, tests=["tests/test_cheap.py::test_cheap"], text="cheap is tested")

    evidence = await world.gather(claim)

    assert evidence.uncovered_lines == (("shop.py", (7,)),)
    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "run in no test" in evidence.criteria[0].method


async def test_a_change_of_code_does_not_pass_as_one_of_tests() -> None:
    head = {"tests/test_total.py": SHARP, "shop.py": BASE["shop.py"] + "\nLIMIT = 3\n"}

    evidence = await TinyWorld().prove(BASE, head, kind=Kind.TESTS)

    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE
    assert "touches code as well: shop.py" in evidence.criteria[0].method
