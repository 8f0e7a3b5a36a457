"""The team without a model on real git, real pytest in the real sandbox, and the real repair engine."""

from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.artefact import Change, CodeMap, Patch, Reproduction, Requirement, WrittenTests
from eaa.domain.brief import Brief, Handover, Stage
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import Evidence
from eaa.domain.ids import RunId
from eaa.domain.role import RoleName
from eaa.domain.verdict import TaskVerdict
from eaa.engine.evidence.baseline import measure_baseline
from eaa.engine.evidence.claim import Claim, claim_criteria
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.instructions import read_instructions
from eaa.engine.repair.fixer import SearchFixer
from eaa.engine.tools import Tools
from eaa.roles.team import InlineRoles
from tests.makers import make_task
from tests.support.git_project import GitProject
from tests.support.python_toolchain import lean_toolchain
from tests.support.role_world import with_handover
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

SHOP = {
    "shop.py": (
        "def total(prices, discount):\n"
        '    """Sum the prices and take the discount off."""\n'
        "    kept = sum(prices)\n"
        "    return kept + discount  # off\n"
    ),
    "tests/test_shop.py": (
        "from shop import total\n\n\n"
        "def test_nothing_off():\n    assert total([1, 2], 0) == 3\n\n\n"
        "def test_no_prices():\n    assert total([], 0) == 0\n"
    ),
    "Dockerfile": "FROM python:3.11\nCOPY shop.py /app/\n",
}
FAILING = (
    "\n\ndef test_discount():\n    assert total([10], 4) == 6\n"
    "\n\ndef test_more():\n    assert total([10, 2], 5) == 7\n"
)


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap()


def make_tools(home: Path, python: Path) -> Tools:
    """Return the real ports."""
    sandbox = BubblewrapSandbox()
    repositories, workspaces = GitRepositories(home=home), GitWorkspaces(home=home)
    return Tools(
        repositories=repositories,
        workspaces=workspaces,
        toolchain=lean_toolchain(repositories, workspaces, home, python),
        fixer=SearchFixer(sandbox),
        clock=MemoryClock(),
        progress=NoProgress(),
    )


async def open_brief(tools: Tools, project: GitProject, text: str) -> Brief:
    """Return the first brief."""
    repository = await tools.repositories.open(str(project.folder))
    base = (await tools.repositories.resolve(repository, "main")).id
    found = await tools.toolchain.detect(repository, base)
    assert found is not None
    environment = await tools.toolchain.prepare(found, repository, base, EnvironmentRequest())
    return Brief(
        stage=Stage.REQUIREMENT,
        run_id=RunId("run_1"),
        task=make_task(task_id="tsk_01ABCDEFGH", text=text),
        repository=repository,
        base=base,
        project=found,
        environment=environment,
        baseline=await measure_baseline(
            repository=repository,
            commit=base,
            environment=environment,
            suites=found.suites,
            toolchain=tools.toolchain,
            repositories=tools.repositories,
            workspaces=tools.workspaces,
            progress=tools.progress,
        ),
        instructions=await read_instructions(tools.repositories, repository, base),
        handover=Handover(),
    )


async def work_through(tools: Tools, brief: Brief) -> Brief:
    """Let PM, SA, QA, RD, SD and RD work."""
    roles = InlineRoles(tools)
    for role, stage, name, kind in (
        (RoleName.PM, Stage.REQUIREMENT, "requirement", Requirement),
        (RoleName.SA, Stage.CODE_MAP, "code_map", CodeMap),
        (RoleName.QA, Stage.TESTS, "tests", WrittenTests),
        (RoleName.RD, Stage.REPRODUCTION, "reproduction", Reproduction),
        (RoleName.SD, Stage.PATCH, "patch", Patch),
        (RoleName.RD, Stage.INTEGRATION, "change", Change),
    ):
        artefact = await roles.work(role, replace(brief, stage=stage))
        assert isinstance(artefact, kind), artefact
        brief = with_handover(brief, **{name: artefact})
    return brief


async def prove(tools: Tools, brief: Brief) -> Evidence:
    """Return the evidence of the brief's change."""
    requirement, tests, change = brief.handover.requirement, brief.handover.tests, brief.handover.change
    assert requirement is not None
    assert tests is not None
    assert change is not None
    claim = Claim(
        kind=requirement.kind,
        repository=brief.repository,
        base=brief.base,
        head=change.head,
        criteria=claim_criteria(requirement.criteria, dict(tests.tests)),
        environment=brief.environment,
        suites=brief.project.suites,
        baseline=brief.baseline,
        run=brief.run_id,
    )
    return await gather_evidence(
        claim,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )


async def test_a_failing_test_is_repaired_in_one_commit_and_shown(tmp_path: Path, lean_python: Path) -> None:
    project = GitProject(tmp_path / "project")
    project.commit({**SHOP, "tests/test_shop.py": SHOP["tests/test_shop.py"] + FAILING})
    before = project.picture()
    tools = make_tools(tmp_path / "home", lean_python)

    brief = await work_through(tools, await open_brief(tools, project, "Make the tests pass"))
    evidence = await prove(tools, brief)

    change, reproduction = brief.handover.change, brief.handover.reproduction
    assert change is not None
    assert reproduction is not None
    assert len(change.commits) == 1
    assert any(suspect.line == 4 for suspect in reproduction.suspects)
    head = await tools.repositories.read_file(brief.repository, change.head, "shop.py")
    assert b"    return kept - discount  # off\n" in head
    assert evidence.verdict is TaskVerdict.DONE
    assert project.picture() == before
    again = await InlineRoles(tools).work(RoleName.RD, replace(brief, stage=Stage.INTEGRATION))
    assert again == change


@pytest.mark.slow
async def test_a_bug_told_in_words_gets_its_tests_first(tmp_path: Path, lean_python: Path) -> None:
    project = GitProject(tmp_path / "project")
    project.commit(dict(SHOP))
    tools = make_tools(tmp_path / "home", lean_python)
    text = (
        "The discount is added instead of taken off\n\n"
        "```python\nfrom shop import total\nassert total([10], 4) == 6\n```\n"
    )

    brief = await work_through(tools, await open_brief(tools, project, text))
    evidence = await prove(tools, brief)

    tests, change = brief.handover.tests, brief.handover.change
    assert tests is not None
    assert tests.paths == ("tests/test_total_10_4_gives_6.py",)
    assert len(tests.red) == 1
    assert change is not None
    assert len(change.commits) == 2
    first = await tools.repositories.diff(brief.repository, brief.base, change.commits[0])
    assert [diff.path for diff in first] == ["tests/test_total_10_4_gives_6.py"]
    assert evidence.criteria[0].tests[0].head
    assert evidence.verdict in {TaskVerdict.DONE, TaskVerdict.PLAUSIBLE}
