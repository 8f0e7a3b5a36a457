"""What a branch can be taken to claim."""

from dataclasses import replace

import pytest

from eaa.domain.criterion import Criterion, Example
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import CriterionId
from eaa.domain.kind import Kind
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from tests.support.proving import TinyWorld
from tests.unit.engine.evidence.projects import BASE, BROKEN, DISCOUNT_TEST, FEATURE, FIXED, GOOD_FIX, NEW_TESTS

ISSUE = [
    Criterion(
        id=CriterionId("c1"),
        text="The discount is taken off.",
        source="total([8], 3) should be 5",
        examples=(Example(expression="total([8], 3)", expected="5", setup=("from shop import total",)),),
    )
]


async def test_each_test_that_is_new_or_changed_becomes_a_criterion_in_words() -> None:
    claim = await TinyWorld().propose(BASE, GOOD_FIX)

    (criterion,) = claim.criteria
    assert criterion.id == "c1"
    assert criterion.text == "discount is taken off"
    assert criterion.tests == (DISCOUNT_TEST,)
    assert criterion.source.startswith("tests/test_shop.py:9")


async def test_many_tests_become_a_criterion_a_file() -> None:
    many = "\n".join(f"def test_{number}():\n    assert {number} == {number}\n" for number in range(30))

    claim = await TinyWorld().propose(BASE, {"shop.py": FIXED, "tests/test_many.py": many})

    assert [len(criterion.tests) for criterion in claim.criteria] == [30]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (GOOD_FIX, Kind.BUG),
        (FEATURE, Kind.FEATURE),
        ({"shop.py": FEATURE["shop.py"]}, Kind.FEATURE),
        ({"tests/test_shop.py": NEW_TESTS}, Kind.TESTS),
        ({"shop.py": "# tidy\n" + BROKEN}, Kind.REFACTOR),
        ({"shop.py": BROKEN.replace("total(prices, discount)", "_total(prices, discount)")}, Kind.BUG),
    ],
    ids=["bug", "feature", "feature without tests", "tests", "refactor", "interface without tests"],
)
async def test_the_kind_is_read_from_the_change(head: dict[str, str], kind: Kind) -> None:
    claim = await TinyWorld().propose(BASE, head)

    assert claim.kind is kind


async def test_a_person_decides_the_kind() -> None:
    claim = await TinyWorld().propose(BASE, FEATURE, kind=Kind.BUG)

    assert claim.kind is Kind.BUG


@pytest.mark.parametrize("head", [{}, {"README.md": "words"}], ids=["nothing", "words only"])
async def test_nothing_to_prove_is_said(head: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="nothing that could be proved"):
        await TinyWorld().propose(BASE, head)


async def test_a_kind_without_rules_is_refused_with_those_that_have_some() -> None:
    with pytest.raises(InvalidRequest, match="kind docs") as refused:
        await TinyWorld().propose(BASE, GOOD_FIX, kind=Kind.DOCS)

    assert "bug, feature, refactor, tests" in refused.value.hint


async def test_the_issues_example_shows_a_fix_that_came_without_tests() -> None:
    evidence = await TinyWorld().prove(BASE, {"shop.py": FIXED}, kind=Kind.BUG, issue=ISSUE)

    assert [criterion.verdict for criterion in evidence.criteria] == [CriterionVerdict.SHOWN]
    assert evidence.criteria[0].source == "total([8], 3) should be 5"
    assert evidence.verdict is TaskVerdict.DONE


async def test_the_issues_example_contradicts_a_fix_that_only_passes_its_own_test() -> None:
    partial = "def total(prices, discount):\n    return 6 if discount else sum(prices)\n"

    evidence = await TinyWorld().prove(BASE, {**GOOD_FIX, "shop.py": partial}, issue=ISSUE)

    assert [criterion.verdict for criterion in evidence.criteria] == [
        CriterionVerdict.CONTRADICTED,
        CriterionVerdict.SHOWN,
    ]
    assert evidence.verdict is TaskVerdict.FAILED


async def test_an_issue_without_examples_leaves_a_criterion_that_nothing_shows() -> None:
    told = [Criterion(id=CriterionId("c1"), text="It is nicer.", source="Make it nicer.")]

    evidence = await TinyWorld().prove(BASE, GOOD_FIX, issue=told)

    assert evidence.criteria[0].verdict is CriterionVerdict.NOT_SHOWN
    assert evidence.verdict is TaskVerdict.PARTLY


async def test_a_test_that_failed_before_and_passes_now_is_what_the_branch_claims() -> None:
    red = {"tests/test_red.py": "def test_never():\n    assert 1 == 2\n"}

    evidence = await TinyWorld().prove({**BASE, **red, "tests/test_shop.py": NEW_TESTS}, {"shop.py": FIXED})

    assert evidence.kind is Kind.BUG
    assert [criterion.tests[0].id for criterion in evidence.criteria] == [DISCOUNT_TEST]
    assert evidence.criteria[0].source.endswith("a test that fails on the base")
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_refactoring_that_turns_a_test_green_changed_the_behaviour() -> None:
    world = TinyWorld()
    claim = await world.propose({**BASE, "tests/test_shop.py": NEW_TESTS}, {"shop.py": FIXED}, kind=Kind.REFACTOR)

    evidence = await world.gather(replace(claim, criteria=()))

    assert evidence.criteria[0].verdict is CriterionVerdict.CONTRADICTED
    assert "answered otherwise than before: total([10], 4)" in evidence.criteria[0].method
