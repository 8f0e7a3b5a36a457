"""Works on the calls of one role: takes them from its queue, lets the role work, leaves what came of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from eaa.domain.brief import Brief
from eaa.domain.crashes import MOST_TAKEOVERS
from eaa.domain.error_facts import facts_of
from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError, RoleCallNotFound, RunFenced
from eaa.domain.ids import RoleCallId
from eaa.domain.parked import RunCrashes
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits, RoleCall
from eaa.engine.codec import decode, encode
from eaa.engine.looking import look_until
from eaa.engine.role_queue import answer_of, call_topic, queue_topic
from eaa.ports.blobs import Blobs
from eaa.ports.role_calls import RoleCalls
from eaa.ports.roles import Roles
from eaa.ports.signals import Signals

LOOK_S = 1.0
"""Between two looks at the queue when nobody rings."""
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class RoleWorker:
    """One process's share of a role's work."""

    role: RoleName
    slot: str
    roles: Roles
    """The role itself, as a function of this process."""
    calls: RoleCalls
    blobs: Blobs
    signals: Signals
    at_once: int = 2
    """Calls that this process works on at the same time."""
    limits: QueueLimits = field(default_factory=QueueLimits)
    """Of the whole installation."""
    _tasks: dict[RoleCallId, asyncio.Task[None]] = field(default_factory=dict)
    _alone: RoleCallId | None = None
    """The newest call that is, or was, worked on with no other beside it."""

    @property
    def working_on(self) -> frozenset[RoleCallId]:
        """The calls that are worked on here now."""
        return frozenset(self._tasks)

    async def work(self, draining: asyncio.Event, *, grace_s: float) -> None:
        """Work until `draining` is set, then let calls end for a while and give back what has not ended."""
        await self._give_back(has_crashed=True)
        async with self.signals.listen(queue_topic(self.role), f"slot:{self.slot}") as listening:
            try:
                await look_until(draining, self._look, listening=listening)
            finally:
                await self._end(grace_s if draining.is_set() else 0.0)

    async def _look(self) -> float:
        try:
            await self._drop_what_is_not_ours()
            while self._has_room():
                call = await self.calls.take(
                    self.role, owner_slot=self.slot, limits=self.limits, is_busy=bool(self._tasks)
                )
                if call is None:
                    break
                if call.has_to_be_alone:
                    self._alone = call.id
                self._tasks[call.id] = asyncio.create_task(self._answer(call), name=call.id)
        except (DatabaseUnreachable, DiskFull) as error:
            _log.warning("role.waits", role=str(self.role), slot=self.slot, code=error.code, message=str(error))
        return LOOK_S

    def _has_room(self) -> bool:
        """Return whether another call may be begun here now."""
        return self._alone not in self._tasks and len(self._tasks) < self.at_once

    async def _drop_what_is_not_ours(self) -> None:
        """End the work on calls that were cancelled or given to somebody else; give back what nobody works on here.

        The last happens when what came of a call could not be recorded.
        """
        ours = {call.id for call in await self.calls.running(self.slot)}
        if ours - self._tasks.keys() and await self.calls.give_back(self.slot, but=list(self._tasks)):
            await self.signals.ring(queue_topic(self.role))
        for call_id, task in tuple(self._tasks.items()):
            # One that has just ended may still be here.
            if call_id not in ours and not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _answer(self, call: RoleCall) -> None:
        log = _log.bind(role=str(self.role), call=call.id, run=call.run_id, generation=call.generation, slot=self.slot)
        log.info("role_call.taken", name=call.name)
        try:
            await self._work_on(call)
            log.info("role_call.ended")
        except (RunFenced, RoleCallNotFound) as error:
            log.warning(error.code)
        except asyncio.CancelledError:
            log.info("role_call.dropped")
            raise
        except Exception as error:
            log.info("role_call.failed", code=facts_of(error)["code"])
            await self._fail(call, error)
        finally:
            self._tasks.pop(call.id, None)
            # A place is free; without this the next call would wait for the next look.
            await self.signals.ring(call_topic(call.id), f"slot:{self.slot}")

    async def _work_on(self, call: RoleCall) -> None:
        if call.crashes >= MOST_TAKEOVERS:
            raise RunCrashes(run_id=call.run_id, times=call.crashes)
        brief = decode(await self.blobs.get(call.brief), Brief)
        artefact = await self.roles.work(self.role, brief)
        kept = await self.blobs.put(answer_of(artefact))
        await self.calls.finish(call.id, owner_slot=self.slot, artefact=kept)

    async def _fail(self, call: RoleCall, error: Exception) -> None:
        try:
            await self.calls.fail(call.id, owner_slot=self.slot, fault=encode(facts_of(error)))
        except EaaError as refused:
            # Whoever waits finds out that nobody works on it any more when this process gives it back or ends.
            _log.warning("role_call.unrecorded", call=call.id, code=refused.code)

    async def _end(self, grace_s: float) -> None:
        if self._tasks and grace_s > 0:
            await asyncio.wait(set(self._tasks.values()), timeout=grace_s)
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._give_back(has_crashed=False)

    async def _give_back(self, *, has_crashed: bool) -> None:
        """Queue again what this slot has not finished, or what a former process left that has crashed."""
        with suppress(DatabaseUnreachable, DiskFull):
            if await self.calls.give_back(self.slot, has_crashed=has_crashed):
                await self.signals.ring(queue_topic(self.role))
