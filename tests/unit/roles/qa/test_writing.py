"""Tests that a model wrote: whose they are, and what is wrong with them."""

from eaa.domain.artefact import Requirement, WrittenTests
from eaa.domain.criterion import Criterion
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.repository import FileChange
from eaa.engine.agent.limits import LEAST_TOKENS, Limits
from eaa.roles.qa.writing import Given, assignment_of, complaint_of, criteria_of_tests, weaker_tests
from tests.support.role_world import RoleWorld


def requirement(*ids: str, kind: Kind = Kind.BUG) -> Requirement:
    """Make a requirement with these criteria."""
    criteria = tuple(Criterion(id=CriterionId(one), text=f"text of {one}", source="source") for one in ids)
    return Requirement(kind, "given", "Title", criteria)


def written(
    *, c1: tuple[str, ...] = (), red: tuple[str, ...] = (), green: tuple[str, ...] = (), wrong: tuple[str, ...] = ()
) -> WrittenTests:
    """Make tests of c1 with their colours."""
    return WrittenTests(
        commit=CommitId("1" * 40),
        paths=("tests/test_a.py",),
        tests=((CriterionId("c1"), tuple(map(TestId, c1))),) if c1 else (),
        red=tuple(map(TestId, red)),
        green=tuple(map(TestId, green)),
        wrong_reason=tuple((TestId(test), "raised KeyError") for test in wrong),
    )


def test_a_test_belongs_to_the_criterion_in_its_name() -> None:
    tests = ["t/a.py::test_c2_more", "t/a.py::Some::test_of_c1", "t/a.py::test_other", "pkg.mod.Case.test_c1_x"]

    found = criteria_of_tests(requirement("c1", "c2"), [TestId(test) for test in tests])

    assert found == (("c1", (tests[1], tests[3])), ("c2", (tests[0],)))


def test_a_lone_criterion_owns_tests_without_a_name_but_not_those_of_another() -> None:
    tests = [TestId("t/a.py::test_more"), TestId("t/a.py::test_c7_more")]

    assert criteria_of_tests(requirement("c1"), tests) == (("c1", (tests[0],)),)


def test_a_number_inside_of_a_word_names_no_criterion() -> None:
    found = criteria_of_tests(requirement("c1", "c2"), [TestId("t/a.py::test_abc1"), TestId("t/a.py::test_c12")])

    assert found == ()


def test_tests_that_are_red_for_the_right_reason_are_not_complained_of() -> None:
    assert complaint_of(requirement("c1"), written(c1=("a",), red=("a",))) == ""


def test_whatever_does_not_count_is_named() -> None:
    complaint = complaint_of(requirement("c1", "c2"), written(c1=("a", "b"), green=("a",), wrong=("b",)))

    assert "c2 has no test" in complaint
    assert "a passes today" in complaint
    assert "b does not fail for the right reason: raised KeyError" in complaint


def test_where_only_tests_are_wanted_red_is_what_is_wrong() -> None:
    wanted = requirement("c1", kind=Kind.TESTS)

    assert complaint_of(wanted, written(c1=("a",), green=("a",))) == ""
    assert "a fails today" in complaint_of(wanted, written(c1=("a",), red=("a",)))


def test_a_complaint_has_at_most_thirty_lines() -> None:
    many = tuple(f"test_{number}" for number in range(100))

    complaint = complaint_of(requirement("c1"), written(c1=many, green=many))

    assert len(complaint.splitlines()) <= 30
    assert "… and 72 more" in complaint


async def test_a_file_whose_tests_were_made_weaker_is_left_out_and_the_tester_hears_of_it() -> None:
    files = {"shop.py": "", "tests/test_shop.py": "def test_old():\n    assert 1\n"}
    world = RoleWorld()
    brief = await world.brief(files, "Mend it")
    rewritten = FileChange("tests/test_shop.py", b"def test_c1_new():\n    assert 1\n")
    added = FileChange("tests/test_more.py", b"def test_c1_more():\n    assert 1\n")

    weaker = await weaker_tests(brief, world.tools(), (rewritten, added))

    assert [(one.path, one.text) for one in weaker] == [("tests/test_shop.py", "test_old is gone")]
    complaint = complaint_of(requirement("c1"), written(c1=("a",), red=("a",)), weaker)
    assert "tests/test_shop.py was left out: test_old is gone" in complaint


async def test_a_tester_may_use_a_small_share_unless_tests_are_all_that_is_wanted() -> None:
    brief = await RoleWorld().brief({"a.py": ""}, "Mend it")

    shares = [
        assignment_of(brief, requirement("c1", kind=kind), Given(brief.base)).share
        for kind in (Kind.BUG, Kind.FEATURE, Kind.TESTS)
    ]

    assert shares == [0.15, 0.25, 1.0]
    assert Limits(tokens=2_000_000, cost_microusd=2_000).shared(0.15) == Limits(tokens=300_000, cost_microusd=300)
    assert Limits(tokens=200_000).shared(0.15).tokens == LEAST_TOKENS
    assert Limits(tokens=1_000).shared(0.15).tokens == 1_000


async def test_a_tester_writes_only_for_criteria_without_a_test() -> None:
    brief = await RoleWorld().brief({"a.py": ""}, "Mend it")
    given = Given(brief.base, ((CriterionId("c1"), (TestId("t/a.py::test_old"),)),))

    assignment = assignment_of(brief, requirement("c1", "c2"), given)

    assert assignment.values["criteria"] == "c2: text of c2"


def test_tests_that_were_given_are_not_complained_of() -> None:
    given = Given(CommitId("1" * 40), ((CriterionId("c1"), (TestId("old"),)),))

    complaint = complaint_of(requirement("c1"), written(c1=("old",), green=("old",)), (), given)

    assert complaint == ""
