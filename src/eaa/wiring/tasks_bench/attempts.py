"""One attempt at an exercise, as each arm makes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

import structlog

from eaa.domain.criterion import Criterion
from eaa.domain.errors import EaaError, InvalidRequest, RunAlive
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId, RunId
from eaa.domain.run import Run, RunState
from eaa.domain.task import Task
from eaa.domain.trial import Arm, Trial
from eaa.domain.verdict import TaskVerdict
from eaa.engine.codec import decode, encode
from eaa.engine.intake import Opened, Request, open_run, take_over
from eaa.engine.steering import heeded_result
from eaa.engine.trials.alone import unproven, verify_alone, work_alone
from eaa.engine.trials.hidden import examine
from eaa.engine.trials.spent import spent_so_far
from eaa.engine.workflows.change import WORTH_PUBLISHING
from eaa.engine.workflows.order import CHANGE, ChangeResult, Order
from eaa.roles.pm.analysis import read_request
from eaa.wiring.agents import Agents
from eaa.wiring.app import App
from eaa.wiring.tasks_bench.preparing import OF_THE_MACHINE, Preparing, Ready

_PATCH_BYTES = 100_000_000
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Left:
    """What an arm left, before the hidden tests have seen it."""

    is_claimed: bool = False
    verdict: TaskVerdict | None = None
    reason: str = ""
    head: CommitId | None = None
    withheld: CommitId | None = None
    """What it made and did not leave."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What attempting takes."""

    app: App
    agents: Agents
    preparing: Preparing
    budget_usd: float

    async def attempt(self, ready: Ready, arm: Arm, earlier: Trial | None) -> Trial:
        """Return what came of an arm's attempt. One that a kill or a Ctrl-C interrupted goes on where it was.

        Args:
            ready: The exercise.
            arm: How it is attempted.
            earlier: Of arm `single` on this exercise, whose conversation `single+verify` takes over when there is one.

        Raises:
            EaaError: One of OF_THE_MACHINE, or another process works on the run.
        """
        match arm:
            case Arm.SINGLE:
                return await self._in_run(ready, arm, lambda opened, task: self._single(ready, opened, task))
            case Arm.SINGLE_VERIFY if earlier is not None:
                return await self._verified_again(ready, earlier)
            case Arm.SINGLE_VERIFY:
                return await self._in_run(ready, arm, lambda opened, task: self._verified(ready, opened, task))
            case Arm.TEAM:
                return await self._in_run(ready, arm, lambda opened, _: self._team(opened))
            case _:
                assert_never(arm)

    async def _in_run(self, ready: Ready, arm: Arm, work: Callable[[Opened, Task], Awaitable[_Left]]) -> Trial:
        """Let an arm work in a run of its own, on a repository of its own."""
        opened = await self._open(ready, arm)
        desk = self.app.desk
        async with desk.store.begin() as session:
            task = await session.tasks.get(opened.run.task_id)
        await self.agents.limit(opened.run.id, self.budget_usd)
        started_s = desk.clock.monotonic_s()
        left = await _whatever_happens(lambda: work(opened, task), ready, arm)
        seconds = desk.clock.monotonic_s() - started_s
        await self._record_end(opened.run, left)
        spent = await spent_so_far(opened.run, desk=desk)
        trial = Trial(exercise=ready.exercise.name, arm=arm, run=opened.run.id, seconds=seconds)
        return await self._judged(
            ready, opened.order, left, replace(trial, cost_microusd=spent.cost_microusd, tokens=spent.tokens)
        )

    async def _verified_again(self, ready: Ready, earlier: Trial) -> Trial:
        """Verify what arm `single` has left; its conversation is not held a second time."""
        trial = replace(
            earlier,
            arm=Arm.SINGLE_VERIFY,
            is_claimed=False,
            is_resolved=False,
            hidden=None,
            head=None,
            patch="",
            is_shared=True,
        )
        if earlier.head is None or earlier.run is None:
            return trial
        head, run_id = earlier.head, earlier.run
        clock = self.app.desk.clock
        order = await self.preparing.order(ready.exercise, Arm.SINGLE, run_id)
        async with self.app.desk.store.begin() as session:
            run = await session.runs.get(run_id)
            task = await session.tasks.get(run.task_id)
        started_s = clock.monotonic_s()
        left = await _whatever_happens(lambda: self._verify(ready, order, task, head), ready, Arm.SINGLE_VERIFY)
        seconds = earlier.seconds + clock.monotonic_s() - started_s
        return await self._judged(ready, order, left, replace(trial, reason="", seconds=seconds))

    async def _single(self, ready: Ready, opened: Opened, task: Task) -> _Left:
        result = await work_alone(
            opened.order, ready.place, opened.run, task, tools=self.app.tools, agents=self.agents.desk
        )
        if result.head is None:
            return _Left(reason="it submitted without a change")
        return _Left(is_claimed=True, head=result.head)

    async def _verified(self, ready: Ready, opened: Opened, task: Task) -> _Left:
        left = await self._single(ready, opened, task)
        return left if left.head is None else await self._verify(ready, opened.order, task, left.head)

    async def _verify(self, ready: Ready, order: Order, task: Task, head: CommitId) -> _Left:
        try:
            evidence = await verify_alone(
                order,
                ready.place,
                task,
                head,
                tools=self.app.tools,
                read_issue=lambda text: _testable(text, task),
            )
        except InvalidRequest as error:
            return _Left(verdict=TaskVerdict.FAILED, reason=str(error), withheld=head)
        is_left = evidence.verdict in WORTH_PUBLISHING
        return _Left(
            is_claimed=evidence.verdict is TaskVerdict.DONE,
            verdict=evidence.verdict,
            reason=_why(evidence),
            head=head if is_left else None,
            withheld=None if is_left else head,
        )

    async def _team(self, opened: Opened) -> _Left:
        run, app = opened.run, self.app
        app.wanted.add(run.id)
        if await app.workflows.state(run.id) is None:
            await app.workflows.start(CHANGE, run_id=run.id, generation=run.generation, argument=encode(opened.order))
        else:
            await app.workflows.resume(run.id, generation=run.generation)
        result = decode(await heeded_result(run, desk=app.desk, workflows=app.workflows), ChangeResult)
        evidence = result.evidence
        return _Left(
            is_claimed=result.verdict is TaskVerdict.DONE,
            verdict=result.verdict,
            reason="" if result.verdict is TaskVerdict.DONE else (_why(evidence) or result.note),
            head=result.head,
            withheld=evidence.head.commit if result.head is None and evidence is not None else None,
        )

    async def _open(self, ready: Ready, arm: Arm) -> Opened:
        """Return the run of an attempt: the one that was interrupted, or a new one.

        Raises:
            RunAlive: Another process works on it.
        """
        order = await self.preparing.order(ready.exercise, arm, RunId(f"trial_{arm}"))
        request = Request(
            text=ready.exercise.text,
            source=f"exercise {ready.exercise.name}",
            repository=order.repository,
            base=order.base,
            kind=ready.exercise.kind,
            environment=order.request,
            has_model=True,
        )
        opened = await open_run(request, owner_slot=self.app.slot, desk=self.app.desk)
        if opened.is_new:
            return opened
        owner = opened.run.owner_slot
        if owner is not None and owner != self.app.slot and await self.app.slots.is_held(owner):
            raise RunAlive(run_id=opened.run.id)
        return await take_over(opened.run, owner_slot=self.app.slot, desk=self.app.desk)

    async def _judged(self, ready: Ready, order: Order, left: _Left, trial: Trial) -> Trial:
        """Let the hidden tests look at what was left, or at what was withheld, once the run is over."""
        trial = replace(
            trial,
            is_claimed=left.is_claimed,
            verdict=left.verdict,
            reason=left.reason,
            base=order.base,
            head=left.head,
        )
        commit = left.head or left.withheld
        if commit is None:
            return trial
        lab = replace(ready.examination.lab, repository=order.repository)
        hidden = await examine(replace(ready.examination, lab=lab), commit)
        patch = ""
        if left.head is not None:
            patch = await self.app.tools.repositories.diff_text(
                order.repository, order.base, left.head, limit_bytes=_PATCH_BYTES
            )
        return replace(
            trial,
            hidden=hidden,
            is_resolved=hidden.is_passed and left.head is not None,
            is_withheld_right=hidden.is_passed and left.head is None,
            patch=patch,
        )

    async def _record_end(self, run: Run, left: _Left) -> None:
        """Write that a run is over, so that nobody takes it for one to go on with. The team's own end stays."""
        desk = self.app.desk
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=run.generation)
            stored = await session.runs.get(run.id)
            if stored.state in (RunState.RUNNING, RunState.WAITING, RunState.QUEUED):
                state = RunState.DONE if left.head is not None else RunState.FAILED
                ended = replace(
                    stored, state=state, head_commit=left.head, owner_slot=None, updated_at=desk.clock.now()
                )
                await session.runs.update(ended)


async def _whatever_happens(work: Callable[[], Awaitable[_Left]], ready: Ready, arm: Arm) -> _Left:
    """Return what work left; a run that parks or dies left nothing, and says why."""
    try:
        return await work()
    except OF_THE_MACHINE:
        raise
    except EaaError as error:
        return _Left(reason=f"{error.code}: {error}")
    except Exception as error:  # one fault of ours must not end the measuring of all others
        _log.exception("trial.died", exercise=ready.exercise.name, arm=arm)
        return _Left(reason=f"a fault of ours: {type(error).__name__}")


def _testable(text: str, task: Task) -> tuple[Criterion, ...]:
    """Return the criteria that a request itself makes testable; nobody ties the author's tests to the others here."""
    criteria = read_request(text, origin=task.origin).criteria
    return tuple(criterion for criterion in criteria if criterion.examples or criterion.tests)


def _why(evidence: Evidence | None) -> str:
    return unproven(evidence) if evidence is not None else ""
