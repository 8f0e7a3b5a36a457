"""The rules for features: absent on the base, red on a stub, green on the head."""

from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, FEATURE


async def test_a_new_function_is_shown_by_a_test_that_its_stub_fails() -> None:
    evidence = await TinyWorld().prove(BASE, FEATURE)

    assert evidence.kind is Kind.FEATURE
    (test,) = evidence.criteria[0].tests
    assert test.base == (Outcome.BROKEN,) * 3
    assert test.stub is Outcome.FAILED
    assert test.head == (Outcome.PASSED,) * 3
    assert evidence.criteria[0].verdict is CriterionVerdict.SHOWN
    assert evidence.verdict is TaskVerdict.DONE
    assert evidence.interface_changes == ("+ shop.py: def vat(price)",)


async def test_a_test_that_an_empty_function_passes_shows_nothing() -> None:
    hollow = "from shop import vat\n\ndef test_vat_is_there():\n    assert callable(vat)\n"

    evidence = await TinyWorld().prove(BASE, {**FEATURE, "tests/test_vat.py": hollow})

    assert evidence.criteria[0].tests[0].stub is Outcome.PASSED
    assert evidence.criteria[0].verdict is CriterionVerdict.NOT_SHOWN
    assert "do nothing" in evidence.criteria[0].method


async def test_a_test_that_asserts_existence_only_is_at_most_plausible() -> None:
    hollow = "import shop\n\ndef test_vat_is_there():\n    assert hasattr(shop, 'vat')\n"

    evidence = await TinyWorld().prove(BASE, {**FEATURE, "tests/test_vat.py": hollow}, kind=Kind.FEATURE)

    assert evidence.criteria[0].tests[0].base == (Outcome.FAILED,) * 3
    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE


async def test_a_stub_that_makes_the_test_stumble_is_no_assertion() -> None:
    stumbling = "from shop import vat\n\ndef test_vat_is_added():\n    assert vat(100) + 0 == 120\n"

    evidence = await TinyWorld().prove(BASE, {**FEATURE, "tests/test_vat.py": stumbling})

    assert evidence.criteria[0].tests[0].stub is Outcome.RAISED
    assert evidence.criteria[0].verdict is CriterionVerdict.PLAUSIBLE


async def test_a_feature_without_any_test_is_not_shown() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": FEATURE["shop.py"]})

    assert evidence.kind is Kind.FEATURE
    assert [criterion.verdict for criterion in evidence.criteria] == [CriterionVerdict.NOT_SHOWN]
