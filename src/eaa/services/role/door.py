"""`eaa.v1.Role`: the queue of a role, asked and told by calls."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from eaa.domain.errors import EaaError, RoleCallNotFound, RunFenced, RunNotFound
from eaa.domain.event import Event
from eaa.domain.ids import EventId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import ENDED_CALLS, QueueLimits, RoleCall
from eaa.domain.run import Run
from eaa.domain.service_errors import KeyTaken
from eaa.engine.codec import encode
from eaa.engine.role_queue import RoleDesk, call_topic
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.kit.digest import sha256_hex
from eaa.ports.executors import Executors
from eaa.ports.store import Store
from eaa.services.role.reading import Asked, asked_of
from eaa.services.role.writing import call_message, event_message, replica_message
from eaa.services.rpc.visit import Door, Streamed, Unary, Visit
from eaa.wire import role_pb2

LOOK_S = 1.0
"""Between two looks at a run's events when nobody rings."""
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class RoleDoor:
    """The door of one process of a role. What it promises is written in role.proto."""

    role: RoleName
    version: str
    slot: str
    desk: RoleDesk
    store: Store
    executors: Executors
    at_once: int
    limits: QueueLimits
    working: Callable[[], int]
    """How many calls this process works on now."""
    _cancelling: set["asyncio.Task[None]"] = field(default_factory=set)

    def door(self) -> Door:
        """Return the door."""
        methods: dict[str, Unary | Streamed] = {
            "Describe": Unary(self.describe),
            "Ask": Unary(self.ask),
            "Status": Unary(self.status),
            "Cancel": Unary(self.cancel),
            "StreamLog": Streamed(self.stream_log, is_endless=True),
        }
        return Door(role_pb2.DESCRIPTOR.services_by_name["Role"], methods)

    async def describe(self, _request: role_pb2.DescribeRequest, _visit: Visit) -> role_pb2.Description:
        """Say what serves here, and how much waits."""
        executors = [one for one in await self.executors.all() if one.slot.startswith(f"role-{self.role}-")]
        return role_pb2.Description(
            role=self.role,
            version=self.version,
            slot=self.slot,
            replicas=map(replica_message, executors),
            limits=role_pb2.Limits(
                at_once=self.at_once,
                everywhere=self.limits.at_once,
                an_organisation=self.limits.at_once_an_organisation,
                starts_a_minute=self.limits.starts_a_minute,
            ),
            waiting=await self.desk.calls.waiting(self.role),
            working=self.working(),
        )

    async def ask(self, request: role_pb2.AskRequest, visit: Visit) -> role_pb2.Call:
        """Put a call, or find it, and wait for its end.

        Raises:
            InvalidRequest: The brief cannot be used, or the key stands for another one.
            RunNotFound: There is no such run of the caller's organisation.
            RunFenced: The run has another generation now.
        """
        asked = await asked_of(request, role=self.role, blobs=self.desk.blobs)
        run = await self._run(asked.brief.run_id, visit)
        if asked.brief.task.organisation_id != run.organisation_id:
            raise RunNotFound(run_id=run.id)
        if run.generation != asked.brief.generation:
            raise RunFenced(run_id=run.id, generation=asked.brief.generation)
        priority = request.priority if request.HasField("priority") else run.priority
        call = await self._put(asked, request.idempotency_key, priority=priority)
        try:
            return await self._message(await self._ended(call, wait_s=asked.wait_s))
        except asyncio.CancelledError:
            if request.cancels_with_caller and visit.was_left:
                self._cancel_soon(call.id)
            raise

    async def status(self, request: role_pb2.StatusRequest, visit: Visit) -> role_pb2.Call:
        """Read a call.

        Raises:
            RoleCallNotFound: There is none with this id of the caller's organisation, and of this role.
        """
        return await self._message(await self._call(request.call_id, visit))

    async def cancel(self, request: role_pb2.CancelRequest, visit: Visit) -> role_pb2.Call:
        """End a call, whoever works on it.

        Raises:
            RoleCallNotFound: As for `status`.
        """
        call = await self._call(request.call_id, visit)
        cancelled = await self.desk.cancel(call.id)
        _log.info("role_call.cancelled", call=call.id, run=call.run_id, by=visit.caller.issuer)
        return await self._message(cancelled)

    async def stream_log(
        self, request: role_pb2.StreamLogRequest, visit: Visit
    ) -> AsyncGenerator[role_pb2.LogEntry, None]:
        """Yield what becomes of a call and the events of its run; the last entry is the call that has ended.

        Raises:
            RoleCallNotFound: As for `status`.
        """
        call = await self._call(request.call_id, visit)
        told: RoleCall | None = None
        last = EventId(request.after_event) if request.after_event else None
        async with self.desk.signals.listen(call_topic(call.id), RUNS_TOPIC) as listening:
            while True:
                # The call first: an event that comes after it is told the next time, or with nobody left to hear it.
                call = await self.desk.calls.get(call.id)
                has_ended = call.state in ENDED_CALLS
                if call != told and not has_ended:
                    yield role_pb2.LogEntry(call=await self._message(call))
                for event in await self._events(call.run_id, last):
                    last = event.id
                    yield role_pb2.LogEntry(event=event_message(event))
                if has_ended:
                    yield role_pb2.LogEntry(call=await self._message(call))
                    return
                told = call
                await listening.wait(timeout_s=LOOK_S)

    async def _put(self, asked: Asked, key: str, *, priority: int) -> RoleCall:
        call = await self.desk.put(self.role, asked.brief, priority=priority, name=asked.name)
        if call.role is not self.role or call.brief != f"sha256:{sha256_hex(encode(asked.brief))}":
            raise KeyTaken(key)
        return call

    async def _ended(self, call: RoleCall, *, wait_s: float | None) -> RoleCall:
        """Return the call at its end, or as it is when the time is over."""
        try:
            async with asyncio.timeout(wait_s), aclosing(self.desk.changes(call.id)) as changes:
                async for changed in changes:
                    call = changed
        except TimeoutError:
            return await self.desk.calls.get(call.id)
        return call

    async def _run(self, run_id: RunId, visit: Visit) -> Run:
        async with self.store.begin() as session:
            run = await session.runs.get(run_id)
        if run.organisation_id != visit.caller.organisation_id:
            raise RunNotFound(run_id=run_id)
        return run

    async def _call(self, name: str, visit: Visit) -> RoleCall:
        call = await self.desk.calls.get(RoleCallId(name))
        if call.organisation_id != visit.caller.organisation_id or call.role is not self.role:
            raise RoleCallNotFound(call_id=call.id)
        return call

    async def _message(self, call: RoleCall) -> role_pb2.Call:
        answer = None if call.artefact is None else await self.desk.blobs.get(call.artefact)
        return call_message(call, answer)

    async def _events(self, run_id: RunId, last: EventId | None) -> tuple[Event, ...]:
        async with self.store.begin() as session:
            events = await session.events.of_run(run_id)
        places = [place for place, event in enumerate(events) if event.id == last]
        return events[places[0] + 1 :] if places else events

    def _cancel_soon(self, call_id: RoleCallId) -> None:
        # A task of its own: the caller's is over.
        task = asyncio.ensure_future(self._cancel_left(call_id))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _cancel_left(self, call_id: RoleCallId) -> None:
        try:
            await self.desk.cancel(call_id)
            _log.info("role_call.cancelled", call=call_id, by="its caller, who left")
        except EaaError as error:
            _log.warning("role_call.uncancelled", call=call_id, code=error.code)
