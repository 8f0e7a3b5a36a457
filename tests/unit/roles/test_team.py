"""A bug told in words with an example goes through the whole team."""

import pytest

from eaa.domain.artefact import (
    BugReport,
    Change,
    CodeMap,
    Patch,
    PullRequestText,
    Reproduction,
    Requirement,
    RolloutNote,
    Skipped,
    WrittenTests,
)
from eaa.domain.brief import Brief, Stage
from eaa.domain.evidence import Evidence
from eaa.domain.fix import Confidence
from eaa.domain.kind import Kind
from eaa.domain.role import RoleName
from eaa.domain.verdict import TaskVerdict
from eaa.engine.evidence.claim import Claim, claim_criteria
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.words import markdown
from tests.support.role_world import ListedFixer, RoleWorld, make_fix, with_handover

WRONG = "def add(a, b):\n    return a - b\n"
RIGHT = "def add(a, b):\n    return a + b\n"
WORKFLOW = """\
on: push
jobs:
  test:
    strategy:
      matrix:
        python-version: ["3.11", "3.13"]
"""
FILES = {
    "calc.py": WRONG,
    "other.py": "def one():\n    return 1\n",
    "tests/test_other.py": "from other import one\ndef test_one():\n    assert one() == 1\n",
    ".github/workflows/test.yml": WORKFLOW,
    "Dockerfile": "FROM python:3.11\nCOPY calc.py /app/\n",
    "CODEOWNERS": "*.py @core\n",
    "AGENTS.md": "Keep it small.\n",
}
TEXT = "add subtracts\n\n```python\nfrom calc import add\nassert add(2, 3) == 5\n```\n"


async def to_patch(world: RoleWorld, text: str = TEXT, files: dict[str, str] | None = None) -> Brief:
    """Return the brief after PM, SA, QA, RD and SD have worked."""
    brief = await world.brief(files or FILES, text)
    for role, stage, name, kind in (
        (RoleName.PM, Stage.REQUIREMENT, "requirement", Requirement),
        (RoleName.SA, Stage.CODE_MAP, "code_map", CodeMap),
        (RoleName.QA, Stage.TESTS, "tests", WrittenTests),
        (RoleName.RD, Stage.REPRODUCTION, "reproduction", Reproduction),
        (RoleName.SD, Stage.PATCH, "patch", Patch),
    ):
        artefact = await world.work(role, stage, brief)
        assert isinstance(artefact, kind), artefact
        brief = with_handover(brief, **{name: artefact})
    return brief


async def to_change(world: RoleWorld) -> Brief:
    """Return the brief after RD has integrated."""
    brief = await to_patch(world)
    change = await world.work(RoleName.RD, Stage.INTEGRATION, brief)
    assert isinstance(change, Change)
    return with_handover(brief, change=change)


async def prove(world: RoleWorld, brief: Brief) -> Evidence:
    """Return the evidence of the brief's change."""
    requirement, tests, change = brief.handover.requirement, brief.handover.tests, brief.handover.change
    assert requirement is not None
    assert tests is not None
    assert change is not None
    tools = world.tools()
    claim = Claim(
        kind=requirement.kind,
        repository=brief.repository,
        base=brief.base,
        head=change.head,
        criteria=claim_criteria(requirement.criteria, dict(tests.tests)),
        environment=brief.environment,
        suites=brief.project.suites,
        baseline=brief.baseline,
    )
    return await gather_evidence(
        claim,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )


async def test_each_role_leaves_its_part() -> None:
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))

    handover = (await to_patch(world)).handover

    assert handover.requirement is not None
    assert handover.requirement.kind is Kind.BUG
    assert handover.code_map is not None
    assert handover.code_map.ranked_paths[0][0] == "calc.py"
    assert ("calc.py", "@core") in handover.code_map.owners
    assert handover.tests is not None
    assert handover.tests.red == ("tests/test_issue.py::test_c1",)
    assert handover.reproduction is not None
    assert handover.reproduction.is_reproduced
    assert ("calc.py", 2, "add") in [
        (suspect.path, suspect.line, suspect.symbol) for suspect in handover.reproduction.suspects
    ]
    assert handover.patch is not None
    assert handover.patch.chosen == 0


async def test_the_change_is_a_test_commit_and_a_fix_commit_that_the_evidence_shows() -> None:
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))

    brief = await to_change(world)
    evidence = await prove(world, brief)

    change = brief.handover.change
    assert change is not None
    messages = [world.repositories.messages[commit] for commit in change.commits]
    assert [message.partition("\n")[0] for message in messages] == ["test: add subtracts", "fix: add subtracts"]
    assert all(message.endswith("\n\nEaa-Run: run_1\n") for message in messages)
    assert change.branch == "eaa/add-subtracts-run_1"
    assert await world.repositories.read_file(brief.repository, change.head, "calc.py") == RIGHT.encode()
    assert evidence.verdict is TaskVerdict.DONE, evidence


async def test_the_pull_request_says_what_the_evidence_says() -> None:
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))
    brief = await to_change(world)
    evidence = await prove(world, brief)
    brief = with_handover(brief, evidence=evidence)
    note = await world.work(RoleName.SRE, Stage.ROLLOUT, brief)
    brief = with_handover(brief, rollout=note)

    words = await world.work(RoleName.RD, Stage.PULL_REQUEST, brief)

    assert isinstance(words, PullRequestText)
    assert words.title == "fix: add subtracts"
    assert markdown(evidence) in words.body
    assert "eaa verify run_1" in words.body
    assert "also tests on 3.13" in words.body


async def test_the_rollout_note_names_the_image_and_the_interpreters() -> None:
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))
    brief = await to_change(world)

    note = await world.work(RoleName.SRE, Stage.ROLLOUT, brief)

    assert isinstance(note, RolloutNote)
    assert "`Dockerfile`: the image copies calc.py" in note.text
    assert ".github/workflows/test.yml" in note.text


async def test_a_refuted_candidate_is_followed_by_the_next_one_without_a_new_search() -> None:
    fixer = ListedFixer(
        make_fix("calc.py", "def add(a, b):\n    return 5\n", confidence=Confidence.DRAFT),
        make_fix("calc.py", RIGHT, confidence=Confidence.DRAFT),
    )
    world = RoleWorld(fixer=fixer)
    brief = with_handover(await to_patch(world), bug_reports=(BugReport("not shown", 1),))

    second = await world.work(RoleName.SD, Stage.PATCH, brief)
    assert isinstance(second, Patch)
    brief = with_handover(brief, patch=second, bug_reports=(BugReport("no", 1), BugReport("no", 2)))
    third = await world.work(RoleName.SD, Stage.PATCH, brief)

    assert second.chosen == 1
    assert isinstance(third, Patch)
    assert third.commit is None
    assert "failed its verification" in third.note
    assert len(fixer.requests) == 1


async def test_high_confidence_goes_before_an_earlier_draft() -> None:
    fixer = ListedFixer(
        make_fix("calc.py", "def add(a, b):\n    return 5\n", confidence=Confidence.DRAFT), make_fix("calc.py", RIGHT)
    )

    patch = (await to_patch(RoleWorld(fixer=fixer))).handover.patch

    assert patch is not None
    assert patch.chosen == 1


async def test_a_draft_shows_its_alternatives_and_where_they_differ() -> None:
    fixer = ListedFixer(
        make_fix("calc.py", RIGHT, confidence=Confidence.DRAFT),
        make_fix("calc.py", "def add(a, b):\n    return 5\n", confidence=Confidence.DRAFT, operator="constant"),
        distinguishing_input="add(1, 1): 2 or 5",
    )
    brief = await to_change(RoleWorld(fixer=fixer))

    words = await RoleWorld().work(RoleName.RD, Stage.PULL_REQUEST, brief)

    assert isinstance(words, PullRequestText)
    assert "add(1, 1): 2 or 5" in words.body
    assert "Also passes (constant)" in words.body


async def test_a_tester_that_wrote_no_test_leaves_nothing_reproduced() -> None:
    world = RoleWorld()
    brief = await world.brief(FILES, TEXT)
    none = WrittenTests(commit=brief.base, paths=(), tests=(), red=(), green=(), wrong_reason=())

    reproduction = await world.work(RoleName.RD, Stage.REPRODUCTION, with_handover(brief, tests=none))

    assert isinstance(reproduction, Reproduction)
    assert (reproduction.is_reproduced, reproduction.tried) == (False, ("no criterion has a test",))


async def test_nothing_found_is_said() -> None:
    patch = (await to_patch(RoleWorld())).handover.patch

    assert patch is not None
    assert patch.commit is None
    assert "nothing passed" in patch.note


async def test_an_existing_failing_test_needs_no_second_commit() -> None:
    files = {
        "calc.py": WRONG,
        "tests/test_calc.py": "from calc import add\ndef test_add():\n    assert add(2, 3) == 5\n",
    }
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", RIGHT)))
    brief = await to_patch(world, "Make the tests pass", files)

    change = await world.work(RoleName.RD, Stage.INTEGRATION, brief)

    assert brief.handover.tests is not None
    assert brief.handover.tests.commit == brief.base
    assert isinstance(change, Change)
    assert len(change.commits) == 1
    assert change.subject == "fix: make the tests pass"


@pytest.mark.parametrize(
    ("role", "stage"),
    [
        (RoleName.QA, Stage.TESTS),
        (RoleName.QA, Stage.BUG_REPORT),
        (RoleName.RD, Stage.REPRODUCTION),
        (RoleName.RD, Stage.INTEGRATION),
        (RoleName.RD, Stage.PULL_REQUEST),
        (RoleName.SD, Stage.PATCH),
        (RoleName.SRE, Stage.ROLLOUT),
        (RoleName.QA, Stage.PATCH),
        (RoleName.RD, Stage.PATCH),
    ],
)
async def test_a_role_with_nothing_to_work_on_is_skipped_with_a_reason(role: RoleName, stage: Stage) -> None:
    world = RoleWorld()

    artefact = await world.work(role, stage, await world.brief(FILES, TEXT))

    assert isinstance(artefact, Skipped)
    assert artefact.reason


async def test_a_failed_verification_becomes_a_short_bug_report() -> None:
    world = RoleWorld(fixer=ListedFixer(make_fix("calc.py", "def add(a, b):\n    return 4\n")))
    brief = await to_change(world)
    evidence = await prove(world, brief)

    report = await world.work(RoleName.QA, Stage.BUG_REPORT, with_handover(brief, evidence=evidence))

    assert isinstance(report, BugReport)
    assert report.round == 1
    assert "tests/test_issue.py::test_c1" in report.text
    assert len(report.text.splitlines()) <= 30
