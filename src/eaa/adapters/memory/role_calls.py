"""Calls of roles in a dictionary, over the runs of a memory store."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from typing_extensions import override

from eaa.adapters.memory.store import MemoryStore
from eaa.domain.errors import RoleCallNotFound, RunFenced, RunNotFound
from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import ENDED_CALLS, CallState, QueueLimits, RoleCall
from eaa.domain.run import ENDED_STATES
from eaa.ports.role_calls import RoleCalls


class MemoryRoleCalls(RoleCalls):
    """Forgets everything when the process ends."""

    def __init__(self, *, store: MemoryStore, now: Callable[[], datetime]) -> None:
        """Keep calls of the runs in a store, by a clock of the caller's."""
        self._store = store
        self._now = now
        self._calls: dict[RoleCallId, RoleCall] = {}

    @override
    async def put(self, call: RoleCall) -> RoleCall:
        key = (call.run_id, call.generation, call.name)
        for there in self._calls.values():
            if (there.run_id, there.generation, there.name) == key:
                return there
        self._calls[call.id] = call
        return call

    @override
    async def get(self, call_id: RoleCallId) -> RoleCall:
        try:
            return self._calls[call_id]
        except KeyError:
            raise RoleCallNotFound(call_id=call_id) from None

    @override
    async def take(
        self, role: RoleName, *, owner_slot: str, limits: QueueLimits, is_busy: bool = False
    ) -> RoleCall | None:
        queued = [call for call in self._calls.values() if call.role is role and call.state is CallState.QUEUED]
        for call in sorted(queued, key=lambda call: (call.priority, call.created_at, call.id)):
            if await self._is_over(call.run_id) or await self._generation(call.run_id) != call.generation:
                self._calls[call.id] = replace(call, state=CallState.CANCELLED, ended_at=self._now())
            elif self._may_begin(call, limits):
                if call.has_to_be_alone and is_busy:
                    return None
                taken = replace(call, state=CallState.RUNNING, owner_slot=owner_slot, started_at=self._now())
                self._calls[call.id] = taken
                return taken
        return None

    @override
    async def finish(self, call_id: RoleCallId, *, owner_slot: str, artefact: BlobId) -> None:
        call = await self._held(call_id, owner_slot)
        self._calls[call_id] = replace(call, state=CallState.DONE, artefact=artefact, ended_at=self._now())

    @override
    async def fail(self, call_id: RoleCallId, *, owner_slot: str, fault: bytes) -> None:
        call = await self._held(call_id, owner_slot)
        self._calls[call_id] = replace(call, state=CallState.FAILED, fault=fault, ended_at=self._now())

    @override
    async def give_back(
        self, owner_slot: str, *, but: Collection[RoleCallId] = (), has_crashed: bool = False
    ) -> tuple[RoleCall, ...]:
        given = [call for call in await self.running(owner_slot) if call.id not in but]
        queued = [replace(call, state=CallState.QUEUED, owner_slot=None, started_at=None) for call in given]
        return self._replaced([replace(call, crashes=call.crashes + int(has_crashed)) for call in queued])

    @override
    async def cancel(self, run_id: RunId, *, up_to_generation: int | None = None) -> tuple[RoleCall, ...]:
        open_calls = [call for call in await self.of_run(run_id) if call.state not in ENDED_CALLS]
        meant = [call for call in open_calls if up_to_generation is None or call.generation <= up_to_generation]
        return self._replaced([replace(call, state=CallState.CANCELLED, ended_at=self._now()) for call in meant])

    @override
    async def cancel_one(self, call_id: RoleCallId) -> RoleCall:
        call = await self.get(call_id)
        if call.state not in ENDED_CALLS:
            self._replaced([replace(call, state=CallState.CANCELLED, ended_at=self._now())])
        return self._calls[call_id]

    @override
    async def running(self, owner_slot: str) -> tuple[RoleCall, ...]:
        calls = [call for call in self._calls.values() if call.state is CallState.RUNNING]
        return _oldest_first([call for call in calls if call.owner_slot == owner_slot])

    @override
    async def of_run(self, run_id: RunId) -> tuple[RoleCall, ...]:
        return _oldest_first([call for call in self._calls.values() if call.run_id == run_id])

    @override
    async def waiting(self, role: RoleName) -> int:
        return sum(call.role is role and call.state is CallState.QUEUED for call in self._calls.values())

    def _may_begin(self, call: RoleCall, limits: QueueLimits) -> bool:
        same_role = [other for other in self._calls.values() if other.role is call.role]
        running = [other for other in same_role if other.state is CallState.RUNNING]
        a_minute_ago = self._now() - timedelta(minutes=1)
        started = [other for other in same_role if other.started_at is not None and other.started_at > a_minute_ago]
        of_organisation = [other for other in running if other.organisation_id == call.organisation_id]
        return not (
            _is_reached(limits.at_once, len(running))
            or _is_reached(limits.at_once_an_organisation, len(of_organisation))
            or _is_reached(limits.starts_a_minute, len(started))
        )

    async def _is_over(self, run_id: RunId) -> bool:
        async with self._store.begin() as session:
            try:
                return (await session.runs.get(run_id)).state in ENDED_STATES
            except RunNotFound:
                return True

    async def _generation(self, run_id: RunId) -> int | None:
        async with self._store.begin() as session:
            try:
                return (await session.runs.get(run_id)).generation
            except RunNotFound:
                return None

    async def _held(self, call_id: RoleCallId, owner_slot: str) -> RoleCall:
        call = await self.get(call_id)
        is_ours = call.state is CallState.RUNNING and call.owner_slot == owner_slot
        if not is_ours or await self._generation(call.run_id) != call.generation:
            raise RunFenced(run_id=call.run_id, generation=call.generation)
        return call

    def _replaced(self, calls: list[RoleCall]) -> tuple[RoleCall, ...]:
        self._calls |= {call.id: call for call in calls}
        return tuple(calls)


def _is_reached(limit: int | None, count: int) -> bool:
    return limit is not None and count >= limit


def _oldest_first(calls: list[RoleCall]) -> tuple[RoleCall, ...]:
    return tuple(sorted(calls, key=lambda call: (call.created_at, call.id)))
