"""Works on queued runs, as many at a time as may be, and takes over what processes that are gone worked on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from eaa.domain.crashes import ALONE_AFTER
from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError, RunFenced
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.run import Run, RunState
from eaa.domain.toggle import Toggle
from eaa.engine.execution import execute, record_broken
from eaa.engine.intake import Opened
from eaa.engine.journal import Desk
from eaa.engine.liveness import Liveness
from eaa.engine.looking import look_until
from eaa.engine.reach import Reach
from eaa.engine.run_queue import RUNS_TOPIC, claim_run, hand_over, release_abandoned
from eaa.engine.toggles import AllOn
from eaa.ports.role_calls import RoleCalls
from eaa.ports.signals import Signals
from eaa.ports.toggles import Toggles
from eaa.ports.workflow import Workflows

DISPATCHER = "dispatcher"
"""The slots of dispatchers: `dispatcher-0`, `dispatcher-1`, …"""
LOOK_S = 1.0
"""Between two looks for processes that are gone, while there is a run that one may have left behind."""
IDLE_LOOK_S = 3.0
"""Between two looks while nobody works on anything: whoever queues a run rings, and a ring is rarely lost."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRules:
    """How much goes on at a time."""

    at_once: int = 4
    """Runs that this process works on."""
    at_once_everywhere: int | None = None
    """Runs that the whole installation works on; None for no limit."""


async def _nothing_to_prepare(_: Opened) -> None:
    """What goes before a run where there is nothing to do."""


@dataclass(slots=True, kw_only=True)
class Dispatcher:
    """One process's share of the installation's runs."""

    slot: str
    desk: Desk
    workflows: Workflows
    liveness: Liveness
    signals: Signals
    wanted: set[RunId]
    """The runs that this process works on, for the workflow engine to ask."""
    rules: DispatchRules = field(default_factory=DispatchRules)
    calls: RoleCalls | None = None
    """The queues of roles in other processes; None where roles are functions of this one."""
    reach: Reach | None = None
    """Says which runs this machine can bring to their end; None where all processes share one disk."""
    prepare: Callable[[Opened], Awaitable[None]] = _nothing_to_prepare
    """Done before each execution."""
    toggles: Toggles = field(default_factory=AllOn)
    abandoned: list[RunId] = field(default_factory=list)
    """Runs to be begun anew with a raised generation: whoever worked on a call of theirs is gone."""
    suspects: set[RunId] = field(default_factory=set)
    """Those worked on here that may be what ends their processes: nothing is worked on beside them, or their calls."""
    _tasks: dict[RunId, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def working_on(self) -> frozenset[RunId]:
        """The runs that are worked on here now."""
        return frozenset(self._tasks)

    async def work(self, draining: asyncio.Event, *, grace_s: float) -> None:
        """Work until `draining` is set, then let runs end for a while and hand over what has not ended."""
        async with self.signals.listen(RUNS_TOPIC) as listening:
            try:
                await look_until(draining, self._look, listening=listening)
            finally:
                await self._hand_over(grace_s if draining.is_set() else 0.0)

    async def _look(self) -> float:
        try:
            await self._begin_anew()
            is_idle = not await self._release_abandoned()
            await self._claim()
        except (DatabaseUnreachable, DiskFull) as error:
            _log.warning("dispatcher.waits", slot=self.slot, code=error.code, message=str(error))
            return LOOK_S
        return IDLE_LOOK_S if is_idle and not self._tasks else LOOK_S

    async def _claim(self) -> None:
        has_claimed = False
        while self._has_room():
            opened = await claim_run(
                owner_slot=self.slot,
                at_once=self.rules.at_once_everywhere,
                desk=self.desk,
                reach=self.reach,
                is_busy=bool(self._tasks),
            )
            if opened is None:
                break
            has_claimed = True
            if self.calls is not None and opened.run.generation > 1:
                await self._cancel_calls(opened.run, up_to=opened.run.generation - 1)
            if opened.takeovers >= ALONE_AFTER:
                self.suspects.add(opened.run.id)
            task = asyncio.create_task(self._execute(opened), name=opened.run.id)
            self._tasks[opened.run.id] = task
        if has_claimed:
            # Others have something to watch over now.
            await self.signals.ring(RUNS_TOPIC)

    def _has_room(self) -> bool:
        """Return whether another run may be begun here now."""
        return self.toggles.is_on(Toggle.QUEUE) and not self.suspects and len(self._tasks) < self.rules.at_once

    async def _execute(self, opened: Opened) -> None:
        run = opened.run
        self.wanted.add(run.id)
        log = _log.bind(run=run.id, slot=self.slot, generation=run.generation)
        log.info("run.claimed")
        try:
            await self.prepare(opened)
            result = await execute(opened, desk=self.desk, workflows=self.workflows)
            log.info("run.ended", verdict=str(result.verdict))
        except RunFenced as error:
            log.warning(error.code)
        except EaaError as error:
            log.info("run.halted", code=error.code)
        except Exception as error:
            # Left as it is, it would be begun again and again. Its message may hold anything.
            log.error("run.broken", error=type(error).__name__)
            await record_broken(run, desk=self.desk)
        finally:
            self.wanted.discard(run.id)
            self.suspects.discard(run.id)
            self._tasks.pop(run.id, None)
        if self.calls is not None:
            await self._cancel_calls(run, up_to=run.generation)
        await self.signals.ring(RUNS_TOPIC)

    async def _cancel_calls(self, run: Run, *, up_to: int) -> None:
        assert self.calls is not None
        try:
            cancelled = await self.calls.cancel(run.id, up_to_generation=up_to)
        except (DatabaseUnreachable, DiskFull) as error:
            # They are refused by the run's generation, or end in vain.
            _log.warning("calls.not_cancelled", run=run.id, code=error.code)
            return
        slots = {call.owner_slot for call in cancelled if call.owner_slot is not None}
        await self.signals.ring(*(f"slot:{slot}" for slot in sorted(slots)))

    async def _release_abandoned(self) -> bool:
        """Queue what gone processes worked on, and what this slot's former one left; return whether anything runs."""
        async with self.desk.store.begin() as session:
            running = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset({RunState.RUNNING}))
        owners = {run.owner_slot for run in running if run.owner_slot is not None}
        # What a person works on in a terminal is the person's to go on with.
        others = {slot for slot in owners if slot.startswith(f"{DISPATCHER}-") and slot != self.slot}
        gone = await self.liveness.gone(others) | (owners & {self.slot})
        for run in await release_abandoned(gone, but=self._tasks.keys(), desk=self.desk):
            _log.info("run.released", run=run.id, generation=run.generation, slot=self.slot)
        return bool(running)

    async def _begin_anew(self) -> None:
        wanted, self.abandoned[:] = frozenset(self.abandoned), []
        for run_id in wanted:
            task = self._tasks.get(run_id)
            if task is not None:
                # The next look finds the run owned by this slot and worked on by nobody.
                await self._let_go(run_id, task)

    async def _hand_over(self, grace_s: float) -> None:
        if self._tasks and grace_s > 0:
            await asyncio.wait(set(self._tasks.values()), timeout=grace_s)
        for run_id, task in tuple(self._tasks.items()):
            await self._let_go(run_id, task)
            async with self.desk.store.begin() as session:
                run = await session.runs.get(run_id)
            if run.owner_slot == self.slot:
                await hand_over(run, desk=self.desk)
                _log.info("run.handed_over", run=run_id, slot=self.slot)
        await self.signals.ring(RUNS_TOPIC)

    async def _let_go(self, run_id: RunId, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait({task})
        await self.workflows.let_go(run_id)
