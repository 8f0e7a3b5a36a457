"""The loop on a real repository, in the real sandbox, with its transcript in a database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.ownership import sandbox_uid
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.domain.repository import Repository
from eaa.domain.transcript import EndReason, Interrupted, ToolEnded, ToolStarted
from eaa.engine.agent.job import AgentPorts, Job, Outcome
from eaa.engine.agent.transcript import read_transcript
from eaa.engine.loop import run_loop
from eaa.engine.tools import Tools
from tests.support.agent_world import AgentWorld, Killed, MortalStore, results_in, scripted_by_position
from tests.support.git_project import GitProject
from tests.support.python_world import own_environment
from tests.support.sandbox import require_bubblewrap
from tests.support.ten_steps import FILES, RIGHT, SCRIPT, WRONG

pytestmark = pytest.mark.sandbox
ENTRIES = 27
"""Of the whole script, without a death."""


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap()


@dataclass
class RealWorld:
    """A repository and everything that works on it; the model alone is scripted."""

    agent: AgentWorld
    repository: Repository
    repositories: GitRepositories
    home: Path
    job: Job

    def ports(self) -> AgentPorts:
        """Return the ports of a new process."""
        workspaces = GitWorkspaces(home=self.home, owner_uid=sandbox_uid())
        sandbox = BubblewrapSandbox()
        toolchain = PythonToolchain(
            repositories=self.repositories,
            workspaces=workspaces,
            sandbox=sandbox,
            progress=NoProgress(),
            home=self.home,
        )
        ports = self.agent.ports()
        tools = Tools(
            repositories=self.repositories,
            workspaces=workspaces,
            toolchain=toolchain,
            fixer=ports.tools.fixer,
            clock=ports.tools.clock,
            progress=ports.tools.progress,
        )
        return replace(ports, tools=tools, sandbox=sandbox)

    async def work(self) -> Outcome:
        """Run the loop in a new process."""
        return await run_loop(replace(self.job, run=self.agent.run), self.ports())

    async def dies(self, *, at: int, is_written: bool) -> None:
        """Run the loop in a process that dies at an entry, and let the next one take over."""
        kept = self.agent
        store = MortalStore(kept.desk.store, at=at, is_written=is_written)
        self.agent = replace(kept, desk=replace(kept.desk, store=store))
        with pytest.raises(Killed):
            await self.work()
        self.agent = await self.agent.revived(kept.desk)


@asynccontextmanager
async def real_world(folder: Path) -> AsyncIterator[RealWorld]:
    project = GitProject(folder / "project")
    project.commit(dict(FILES))
    home = folder / "home"
    repositories = GitRepositories(home=home)
    repository = await repositories.open(str(project.folder))
    commit = await repositories.resolve(repository, "HEAD")
    url = sqlite_address(folder / "eaa.sqlite")
    await upgrade(url)
    async with open_store(url) as store:
        agent = AgentWorld(FILES, scripted_by_position(SCRIPT))
        agent.desk = replace(agent.desk, store=store)
        async with store.begin() as session:
            await session.runs.add(agent.run)
        job = agent.job()
        job = replace(
            job,
            repository=repository,
            environment=own_environment(),
            opened=replace(job.opened, start=commit.id),
        )
        yield RealWorld(agent, repository, repositories, home, job)


async def test_a_scripted_model_mends_a_real_project(tmp_path: Path) -> None:
    async with real_world(tmp_path) as world:
        outcome = await world.work()
        noted = await world.agent.noted()
        diff = await world.repositories.diff(world.repository, outcome.start, outcome.tree)
        core = await world.repositories.read_file(world.repository, outcome.tree, "textkit/core.py")

    ended = [one.entry for one in noted if isinstance(one.entry, ToolEnded)]
    assert outcome.ended.why is EndReason.SUBMITTED
    assert [one.path for one in diff] == ["textkit/core.py"]
    assert core.decode() == FILES["textkit/core.py"].replace(WRONG, RIGHT)
    assert len(noted) == ENTRIES
    assert [entry.exit_code for entry in ended if entry.tool == "shell"] == [0, 1, 0, 0, 0]
    results = [result.text for result in results_in(world.agent.prompts()[-1])]
    assert "     8\t" in results[1]
    assert "FAILED" in results[3]
    assert "tests/test_core.py:9:" in results[4]
    assert "textkit/core.py changed, line 8" in results[5]
    assert RIGHT in results[6]


@pytest.mark.slow
@pytest.mark.parametrize("is_written", [False, True])
@pytest.mark.parametrize("at", range(3, ENTRIES + 1, 3))
async def test_a_loop_killed_on_a_real_repository_leaves_the_same_tree(
    tmp_path: Path, at: int, is_written: bool
) -> None:
    async with real_world(tmp_path) as world:
        await world.dies(at=at, is_written=is_written)

        outcome = await world.work()

        core = await world.repositories.read_file(world.repository, outcome.tree, "textkit/core.py")
        diff = await world.repositories.diff(world.repository, outcome.start, outcome.tree)
        noted = await world.agent.noted()
    assert [one.path for one in diff] == ["textkit/core.py"]
    assert core.decode() == FILES["textkit/core.py"].replace(WRONG, RIGHT)
    begun = sum(isinstance(one.entry, ToolStarted) for one in noted)
    undone = sum(isinstance(one.entry, Interrupted) for one in noted)
    assert begun - undone == 5


async def test_an_interrupted_command_leaves_nothing_of_what_it_wrote(tmp_path: Path) -> None:
    async with real_world(tmp_path) as world:
        # Entry 18 is the end of the command that writes notes.txt: it ran, and nobody saw its end.
        await world.dies(at=18, is_written=False)

        await world.work()

        noted = await read_transcript(
            world.agent.run.id, "author", store=world.agent.desk.store, blobs=world.agent.desk.blobs
        )
        stored = [one.entry.tree for one in noted if isinstance(one.entry, ToolEnded) and one.entry.tree]
        notes = [
            await world.repositories.read_file(world.repository, tree, "notes.txt")
            for tree in stored
            if any(entry.path == "notes.txt" for entry in await world.repositories.list_files(world.repository, tree))
        ]
    assert [one.entry.tool for one in noted if isinstance(one.entry, Interrupted)] == ["shell"]
    assert notes == [b"seen\n"]
