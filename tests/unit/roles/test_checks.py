"""What the checks behind the roles refuse."""

from dataclasses import replace

import pytest

from eaa.domain.artefact import (
    Artefact,
    BugReport,
    Change,
    CodeMap,
    Patch,
    PullRequestText,
    Reproduction,
    Requirement,
    RolloutNote,
    WrittenTests,
)
from eaa.domain.brief import Brief, Stage
from eaa.domain.criterion import Criterion, Example
from eaa.domain.errors import ArtefactInvalid
from eaa.domain.fix import FixResult
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.role import RoleName
from eaa.roles.team import TEAM
from tests.support.role_world import RoleWorld, make_fix, with_handover

FILES = {
    "calc.py": "def add(a, b):\n    return a + b\n",
    "tests/test_calc.py": "from calc import add\ndef test_add():\n    assert add(1, 1) == 2\n",
}
TEST = TestId("tests/test_calc.py::test_add")
C1 = CriterionId("c1")
OTHER = CommitId("f" * 40)
GOOD = Requirement(Kind.BUG, "said", "Fix it", (Criterion(C1, "f", "Fix it", examples=(Example("f()", "1"),)),))
WRITTEN = WrittenTests(OTHER, ("tests/test_new.py",), ((C1, (TEST,)),), (TEST,), (), ())
FIX = FixResult((make_fix("calc.py", "x"),), (), None, 1, 1.0)


@pytest.fixture
async def brief() -> Brief:
    """A brief whose requirement is written."""
    return with_handover(await RoleWorld().brief(FILES, "Fix it"), requirement=GOOD, tests=WRITTEN)


def requirement(criterion: Criterion) -> Requirement:
    """Return the good requirement with another criterion."""
    return replace(GOOD, criteria=(criterion,))


REFUSED: list[tuple[RoleName, Stage, Artefact, str]] = [
    (RoleName.PM, Stage.REQUIREMENT, requirement(Criterion(C1, "f", "Break it")), "word for word"),
    (RoleName.PM, Stage.REQUIREMENT, requirement(Criterion(C1, "f", "Fix it", Origin.MACHINE)), "origin"),
    (RoleName.PM, Stage.REQUIREMENT, requirement(Criterion(CriterionId("c2"), "f", "Fix it")), "numbered"),
    (RoleName.PM, Stage.REQUIREMENT, requirement(Criterion(C1, "f", "Fix it", tests=(TestId("x"),))), "does not have"),
    (
        RoleName.PM,
        Stage.REQUIREMENT,
        requirement(Criterion(C1, "f", "Fix it", examples=(Example("f()", "1", "KeyError"),))),
        "a value and an exception",
    ),
    (RoleName.PM, Stage.REQUIREMENT, replace(GOOD, title="t" * 73), "title"),
    (RoleName.PM, Stage.REQUIREMENT, WRITTEN, "it is a WrittenTests"),
    (
        RoleName.SA,
        Stage.CODE_MAP,
        CodeMap((), (("nowhere.py", "why"),), (), (), (), (), (), ()),
        "nowhere.py is not a source file",
    ),
    (RoleName.SA, Stage.CODE_MAP, CodeMap((), (("calc.py", ""),), (), (), (), (), (), ()), "without a reason"),
    (RoleName.QA, Stage.TESTS, replace(WRITTEN, green=(TEST,)), "exactly once"),
    (RoleName.QA, Stage.TESTS, replace(WRITTEN, red=()), "exactly once"),
    (RoleName.QA, Stage.TESTS, replace(WRITTEN, tests=((CriterionId("c9"), (TEST,)),)), "c9"),
    (RoleName.QA, Stage.TESTS, replace(WRITTEN, paths=("calc.py",)), "calc.py is a source file"),
    (RoleName.QA, Stage.TESTS, replace(WRITTEN, paths=()), "without files"),
    (RoleName.QA, Stage.BUG_REPORT, BugReport("x\n" * 31, 1), "more than 30"),
    (RoleName.QA, Stage.BUG_REPORT, BugReport("x", 3), "round 3"),
    (RoleName.RD, Stage.REPRODUCTION, Reproduction(True, (TestId("x"),), "", (), ("x",)), "not one of the red"),
    (RoleName.RD, Stage.REPRODUCTION, Reproduction(False, (), "", (), ()), "what was tried"),
    (RoleName.RD, Stage.INTEGRATION, Change(OTHER, (), "eaa/x", "fix: x"), "last of its commits"),
    (RoleName.RD, Stage.INTEGRATION, Change(OTHER, (OTHER,), "main", "fix: x"), "not one of ours"),
    (RoleName.RD, Stage.INTEGRATION, PullRequestText("t", "b"), "it is a PullRequestText"),
    (RoleName.SD, Stage.PATCH, Patch(OTHER, FIX, None, (), "note"), "goes with a choice"),
    (RoleName.SD, Stage.PATCH, Patch(OTHER, FIX, 1, (), "note"), "candidate 1"),
    (RoleName.SD, Stage.PATCH, Patch(None, FIX, None, (), ""), "nothing to the person"),
    (
        RoleName.SD,
        Stage.PATCH,
        Patch(OTHER, replace(FIX, fixes=(make_fix("tests/test_calc.py", "x"),)), 0, (), "note"),
        "tests/test_calc.py is not a source file",
    ),
    (RoleName.SRE, Stage.ROLLOUT, RolloutNote(("a",), "b"), "no change"),
]


@pytest.mark.parametrize(("role", "stage", "artefact", "because"), REFUSED)
async def test_an_artefact_that_contradicts_the_facts_is_refused(
    brief: Brief, role: RoleName, stage: Stage, artefact: Artefact, because: str
) -> None:
    with pytest.raises(ArtefactInvalid, match=because):
        TEAM[role].check(replace(brief, stage=stage), artefact)


async def test_a_red_test_that_the_baseline_saw_pass_is_refused(brief: Brief) -> None:
    named = replace(WRITTEN, commit=brief.base, paths=())

    with pytest.raises(ArtefactInvalid, match="passed in every run of the baseline"):
        TEAM[RoleName.QA].check(replace(brief, stage=Stage.TESTS), named)


async def test_what_agrees_with_the_facts_passes(brief: Brief) -> None:
    TEAM[RoleName.PM].check(replace(brief, stage=Stage.REQUIREMENT), GOOD)
    TEAM[RoleName.QA].check(replace(brief, stage=Stage.TESTS), WRITTEN)
    TEAM[RoleName.SD].check(replace(brief, stage=Stage.PATCH), Patch(OTHER, FIX, 0, (), "note"))

    assert brief.handover.tests is WRITTEN
