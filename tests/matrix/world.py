"""One installation in which processes die at chosen points, and what became of its tasks."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.memory.progress import NoProgress
from eaa.domain.effect import EffectState
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.ids import RunId
from eaa.domain.role import RoleName
from eaa.domain.run import Run, RunState
from eaa.domain.verdict import TaskVerdict
from eaa.engine.intake import Request, open_run
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.ports.signals import Signals
from eaa.settings import Settings
from eaa.wiring.records import Records, open_records
from eaa.wiring.signals import open_signals
from tests.matrix.cells import Cell, Survivor
from tests.matrix.points import Point
from tests.matrix.tiny_parts import PROJECT, REQUEST
from tests.support.freezing import is_free
from tests.support.git_project import GitProject

PATIENCE_S = 90.0
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of tasks."""

    tasks: int = 0
    lost: int = 0
    """Tasks that were acknowledged and are not on record, or that ended otherwise than done."""
    doubled: int = 0
    """Branches, effects, ends and tasks beyond one for each intent."""
    unfinished: int = 0
    """Runs that had not ended when patience did."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.tasks + other.tasks,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.unfinished + other.unfinished,
        )

    @property
    def is_right(self) -> bool:
        """Whether everything was done once."""
        return not (self.lost or self.doubled or self.unfinished)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell's tasks."""

    cell: Cell
    reached: bool
    """Whether the process really died at the point."""
    tally: Tally

    @property
    def is_right(self) -> bool:
        """Whether the process died, and everything was done once."""
        return self.reached and self.tally.is_right


@dataclass(slots=True)
class Zygote:
    """Starts processes by forking one that has everything loaded."""

    process: "subprocess.Popen[str]"

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Send one line and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@dataclass(slots=True)
class Member:
    """A started process."""

    pid: int
    log: Path
    said: dict[str, str]
    zygote: Zygote

    def send(self, number: int) -> None:
        """Send it a signal; one that is gone gets none, whoever has its number now."""
        self.zygote.ask(send=number, to=self.pid)


@dataclass(slots=True)
class MatrixWorld:
    """An installation on one database."""

    folder: Path
    variables: dict[str, str]
    zygote: Zygote
    records: Records
    signals: Signals
    repositories: GitRepositories
    members: list[Member] = field(default_factory=list)
    _made: int = 0

    async def run(self, cell: Cell) -> Outcome:
        """Let a process die at the cell's point while it works on a task, and return what became of the task."""
        project = self.project()
        try:
            if cell.process == "gateway":
                return await self._run_gateway(cell, project)
            return await self._run_worker(cell, project)
        finally:
            await self.end()

    async def end(self) -> None:
        """Kill every process and return when none is left."""
        for member in self.members:
            member.send(signal.SIGKILL)
        for member in self.members:
            await self._until_ended(member)
        self.members.clear()

    async def _run_worker(self, cell: Cell, project: GitProject) -> Outcome:
        mine, rest = _shares(cell.process)
        if rest:
            await self.start(rest)
        peer = await self.start(mine) if cell.survivor is Survivor.PEER else None
        if peer is not None:
            # What it would do first, the one that dies shall do.
            await self._freeze(peer)
        armed = await self.start(mine, cell.point)
        run = await self.queue(project)
        reached = await self._until_dead(armed, run.id)
        if peer is None:
            await self.start(mine)
        else:
            peer.send(signal.SIGCONT)
        return Outcome(cell, reached, await self.judged([run.id], [project]))

    async def _run_gateway(self, cell: Cell, project: GitProject) -> Outcome:
        """Deliver two tasks three times each, in any order, to three replicas of which one dies."""
        other = self.project()
        armed, *rest = [await self.start(["gateway"], point) for point in (cell.point, None, None)]
        await self.start(["dispatcher with roles"])
        order = [*[project, other] * 3]
        random.Random(str(cell)).shuffle(order)
        runs: dict[str, set[str]] = {str(project.folder): set(), str(other.folder): set()}
        for number, one in enumerate(order):
            # The first goes to the one that dies; what is not answered is delivered again, as a provider does.
            replicas = [armed, *rest] if number == 0 else [rest[number % 2], rest[(number + 1) % 2]]
            runs[str(one.folder)].add(await self._deliver(one, replicas))
        reached = self._code(armed) == -signal.SIGKILL
        names = [RunId(name) for of_one in runs.values() for name in of_one]
        return Outcome(cell, reached, await self.judged(names, [project, other]))

    async def _deliver(self, project: GitProject, replicas: Sequence[Member]) -> str:
        token = (self.folder / "home" / "token").read_text().strip()
        body = {"request": REQUEST, "repository": str(project.folder), "offline": True}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": project.folder.name}
        for replica in replicas:
            try:
                async with aiohttp.ClientSession() as client:
                    address = f"{replica.said['address']}/v1/tasks"
                    async with client.post(address, json=body, headers=headers) as response:
                        assert response.status == 201, await response.text()
                        run: str = (await response.json())["run"]
                        return run
            except aiohttp.ClientError:
                continue
        raise AssertionError("no replica answered")

    async def start(self, services: Sequence[str], point: Point | None = None) -> Member:
        """Start a process and return when it is ready to work."""
        self._made += 1
        ready, log = self.folder / f"ready-{self._made}", self.folder / f"log-{self._made}"
        answer = self.zygote.ask(
            start=list(services),
            point=None if point is None else [point.what, point.moment],
            variables=self.variables,
            ready=str(ready),
            log=str(log),
        )
        member = Member(answer["pid"], log, {}, self.zygote)
        self.members.append(member)
        async with asyncio.timeout(PATIENCE_S):
            while not ready.exists():
                # Ready and dead may both come between two looks, where something was left to work on.
                code = self._code(member)
                assert code is None or ready.exists(), f"{services} ended with {code}: {log.read_text()}"
                await asyncio.sleep(_LOOK_S)
        member.said = json.loads(ready.read_text())
        return member

    async def queue(self, project: GitProject, *, priority: int = 0) -> Run:
        """Put a task on record."""
        repository = await self.repositories.open(str(project.folder))
        base = (await self.repositories.resolve(repository, "main")).id
        environment = EnvironmentRequest()
        request = Request(REQUEST, "matrix", repository, base, kind=None, environment=environment, priority=priority)
        opened = await open_run(request, owner_slot=None, desk=self.records.desk)
        await self.signals.ring(RUNS_TOPIC)
        return opened.run

    async def judged(self, runs: Sequence[RunId], projects: Sequence[GitProject]) -> Tally:
        """Wait until runs have ended and return what became of them."""
        states = [await self._until_over(run_id) for run_id in runs]
        if any(run.state is not RunState.DONE for run in states):
            for run in states:
                await self._tell(run)
            unfinished = sum(run.state in {RunState.QUEUED, RunState.RUNNING} for run in states)
            bad = sum(run.state is not RunState.DONE for run in states) - unfinished
            return Tally(len(projects), lost=bad, unfinished=unfinished)
        lost = sum(run.verdict is not TaskVerdict.DONE for run in states) + max(0, len(projects) - len(runs))
        doubled = max(0, len(runs) - len(projects))
        for run in states:
            doubled += await self._doubled(run)
        heads = {run.head_commit for run in states}
        for project in projects:
            branches = project.git("for-each-ref", "--format=%(objectname)", "refs/heads/eaa/").split()
            doubled += max(0, len(branches) - 1)
            lost += not branches or branches[0] not in heads
        return Tally(len(projects), lost=lost, doubled=doubled)

    async def _tell(self, run: Run) -> None:
        """Print how a run stands that did not come to its end, and who was alive then."""
        async with self.records.desk.store.begin() as session:
            events = [event.type for event in await session.events.of_run(run.id)]
            steps = [step.name for step in await session.steps.of_run(run.id)]
        alive = [f"{Path(member.log).name} {self._code(member)}" for member in self.members]
        print(f"not over: {run}; events {events}; steps {steps}; processes {alive}", flush=True)
        for member in self.members:
            print(
                "".join(f"  {line}\n" for line in member.log.read_text().splitlines()[-40:] if run.id in line), end=""
            )

    async def _doubled(self, run: Run) -> int:
        async with self.records.desk.store.begin() as session:
            effects = await session.effects.of_run(run.id)
            events = [event.type for event in await session.events.of_run(run.id)]
            runs = await session.runs.of_task(run.task_id)
            steps = await session.steps.of_run(run.id)
        unsettled = sum(effect.state is not EffectState.CONFIRMED for effect in effects)
        once = [len(effects) - 1, events.count("run.ended") - 1, events.count("branch.published") - 1, len(runs) - 1]
        names = [step.name for step in steps]
        return sum(map(abs, once)) + unsettled + len(names) - len(set(names))

    async def _until_dead(self, armed: Member, run_id: RunId) -> bool:
        """Return whether the armed process died before the run was over."""
        waited_s = 0.0
        while True:
            code = self._code(armed)
            if code is not None:
                return code == -signal.SIGKILL
            run = await self._stored(run_id)
            if run.state is RunState.DONE or waited_s > PATIENCE_S:
                # A moment later it may have died after its last word.
                await asyncio.sleep(0.5)
                return self._code(armed) == -signal.SIGKILL
            waited_s += _LOOK_S
            await asyncio.sleep(_LOOK_S)

    async def _freeze(self, member: Member) -> None:
        """Let a process do nothing more; on SQLite at a moment at which it keeps nobody else from writing."""
        while True:
            member.send(signal.SIGSTOP)
            await asyncio.sleep(0.005)
            if "EAA_DATABASE_URL" in self.variables or is_free(self.folder / "home"):
                return
            member.send(signal.SIGCONT)
            await asyncio.sleep(0.03)

    def is_alive(self, member: Member) -> bool:
        """Return whether a process has not ended."""
        return self._code(member) is None

    async def is_over(self, run_id: RunId) -> bool:
        """Return whether nobody works on a run any more, or ever will."""
        return (await self._stored(run_id)).state not in (RunState.QUEUED, RunState.RUNNING)

    async def _until_over(self, run_id: RunId) -> Run:
        deadline_s = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            run = await self._stored(run_id)
            is_over = run.state not in (RunState.QUEUED, RunState.RUNNING)
            if is_over or asyncio.get_running_loop().time() > deadline_s:
                return run
            await asyncio.sleep(_LOOK_S)

    async def _until_ended(self, member: Member) -> None:
        while self._code(member) is None:  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(_LOOK_S)

    async def _stored(self, run_id: RunId) -> Run:
        async with self.records.desk.store.begin() as session:
            return await session.runs.get(run_id)

    def _code(self, member: Member) -> int | None:
        code: int | None = self.zygote.ask(ended=member.pid)["code"]
        return code

    def project(self) -> GitProject:
        """Make a repository with a failing test."""
        self._made += 1
        project = GitProject(self.folder / f"project-{self._made}")
        project.commit(PROJECT, message=f"Project {self._made}")
        return project


@asynccontextmanager
async def matrix_world(folder: Path, database_url: str | None) -> AsyncIterator[MatrixWorld]:
    """Open an installation; whatever is left of its processes at the end of the block is killed."""
    home = folder / "home"
    variables = {"EAA_HOME": str(home)} | ({"EAA_DATABASE_URL": database_url} if database_url else {})
    settings = Settings(home=home, database_url=database_url)
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(settings, progress=NoProgress()))
        signals = await stack.enter_async_context(open_signals(settings))
        zygote = stack.enter_context(_zygote(variables))
        world = MatrixWorld(folder, variables, zygote, records, signals, GitRepositories(home=home))
        try:
            yield world
        finally:
            for member in world.members:
                member.send(signal.SIGKILL)


@contextmanager
def _zygote(variables: dict[str, str]) -> Iterator[Zygote]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("EAA_")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.matrix.zygote"],
        env={**own, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Zygote(process)
        finally:
            process.kill()


def _shares(process: str) -> tuple[list[str], list[str]]:
    """Return what the process that dies does, and what another one does beside it."""
    if process == "dispatcher":
        return ["dispatcher with roles"], []
    return [process], ["dispatcher", *(role for role in RoleName if role != process)]
