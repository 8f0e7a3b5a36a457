"""Roles that work in other processes: a call is put into their queue, and its end is waited for."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from typing_extensions import override

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
    Skipped,
    WrittenTests,
)
from eaa.domain.brief import Brief, Stage
from eaa.domain.error_facts import error_of
from eaa.domain.errors import WorkflowCancelled
from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import ENDED_CALLS, CallState, RoleCall
from eaa.engine.codec import decode, encode
from eaa.engine.liveness import Liveness
from eaa.ports.blobs import Blobs
from eaa.ports.clock import Clock
from eaa.ports.ids import Ids
from eaa.ports.role_calls import RoleCalls
from eaa.ports.roles import Roles
from eaa.ports.signals import Signals

LOOK_S = 2.0
"""Between two looks at a call when nobody rings."""
STAGE_ARTEFACTS: Mapping[Stage, type[Artefact]] = {
    Stage.REQUIREMENT: Requirement,
    Stage.CODE_MAP: CodeMap,
    Stage.TESTS: WrittenTests,
    Stage.REPRODUCTION: Reproduction,
    Stage.PATCH: Patch,
    Stage.INTEGRATION: Change,
    Stage.BUG_REPORT: BugReport,
    Stage.PULL_REQUEST: PullRequestText,
    Stage.ROLLOUT: RolloutNote,
}
STAGE_ROLES: Mapping[Stage, RoleName] = {
    Stage.REQUIREMENT: RoleName.PM,
    Stage.CODE_MAP: RoleName.SA,
    Stage.TESTS: RoleName.QA,
    Stage.REPRODUCTION: RoleName.RD,
    Stage.PATCH: RoleName.SD,
    Stage.INTEGRATION: RoleName.RD,
    Stage.BUG_REPORT: RoleName.QA,
    Stage.PULL_REQUEST: RoleName.RD,
    Stage.ROLLOUT: RoleName.SRE,
}


def queue_topic(role: RoleName) -> str:
    """Return what is rung when a call of a role was put."""
    return f"role-calls:{role}"


def call_topic(call_id: RoleCallId) -> str:
    """Return what is rung when a call has ended."""
    return f"role-call:{call_id}"


class Answer(msgspec.Struct, frozen=True):
    """What a role's process leaves: the artefact, or why the role had nothing to do."""

    artefact: object = None
    """As plain JSON values; the call's stage says of what."""
    skipped: str | None = None


def answer_of(artefact: Artefact) -> bytes:
    """Return an artefact as it is kept for whoever asked."""
    if isinstance(artefact, Skipped):
        return encode(Answer(skipped=artefact.reason))
    return encode(Answer(artefact=decode(encode(artefact), object)))


def artefact_of(answer: bytes, stage: Stage) -> Artefact:
    """Return the artefact that `answer_of` kept."""
    kept = decode(answer, Answer)
    if kept.skipped is not None:
        return Skipped(kept.skipped)
    return decode(encode(kept.artefact), STAGE_ARTEFACTS[stage])


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDesk:
    """Puts calls into the queues of roles, and tells what becomes of them."""

    calls: RoleCalls
    blobs: Blobs
    signals: Signals
    clock: Clock
    ids: Ids

    async def put(
        self, role: RoleName, brief: Brief, *, priority: int, name: str | None = None, is_alone: bool = False
    ) -> RoleCall:
        """Put a call on record and return it, or the one that is there under the same name.

        Args:
            role: Who shall work on it.
            brief: The assignment.
            priority: Smaller ones first.
            name: Unique in the run's generation; the brief itself names the call by default.
            is_alone: Whether nothing else may be worked on beside it.
        """
        blob: BlobId = await self.blobs.put(encode(brief))
        call = await self.calls.put(
            RoleCall(
                id=RoleCallId(self.ids.new("rcl")),
                organisation_id=brief.task.organisation_id,
                role=role,
                run_id=brief.run_id,
                generation=brief.generation,
                # The same brief is the same work; a later round's says what went wrong before.
                name=name or f"{brief.stage} {blob.removeprefix('sha256:')[:16]}",
                brief=blob,
                priority=priority,
                state=CallState.QUEUED,
                created_at=self.clock.now(),
                is_alone=is_alone,
            )
        )
        await self.signals.ring(queue_topic(role))
        return call

    async def changes(self, call_id: RoleCallId) -> AsyncGenerator[RoleCall, None]:
        """Yield a call as it is now and whenever it is another one, until it has ended."""
        seen: RoleCall | None = None
        async with self.signals.listen(call_topic(call_id)) as listening:
            while True:
                call = await self.calls.get(call_id)
                if call != seen:
                    yield call
                if call.state in ENDED_CALLS:
                    return
                seen = call
                await listening.wait(timeout_s=LOOK_S)

    async def cancel(self, call_id: RoleCallId) -> RoleCall:
        """Cancel one call, tell who works on it and who waits for it, and return it.

        Raises:
            RoleCallNotFound: There is none with this id.
        """
        call = await self.calls.cancel_one(call_id)
        slots = () if call.owner_slot is None else (f"slot:{call.owner_slot}",)
        await self.signals.ring(call_topic(call_id), *slots)
        return call


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRoles(Roles):
    """Asks whichever process serves a role. Asking the same thing again is asking it once."""

    calls: RoleCalls
    blobs: Blobs
    signals: Signals
    liveness: Liveness
    clock: Clock
    ids: Ids
    abandoned: Callable[[RunId], None]
    """Told when whoever worked on a run's call is gone; it cancels the waiting and lets the run begin anew."""
    priority_of: Callable[[RunId], Awaitable[int]]
    is_suspect: Callable[[RunId], bool]
    """Says whether a run may be what ends its processes; its calls are worked on alone then."""

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        call = await self._put(role, brief)
        async with self.signals.listen(call_topic(call.id)) as listening:
            while True:
                call = await self.calls.get(call.id)
                match call.state:
                    case CallState.DONE:
                        assert call.artefact is not None
                        return artefact_of(await self.blobs.get(call.artefact), brief.stage)
                    case CallState.FAILED:
                        raise error_of(decode(call.fault or b"{}", dict[str, Any]))
                    case CallState.CANCELLED:
                        raise WorkflowCancelled(f"the call of {role} was cancelled")
                    case CallState.RUNNING if call.owner_slot is not None:
                        if await self.liveness.gone({call.owner_slot}):
                            self.abandoned(brief.run_id)
                await listening.wait(timeout_s=LOOK_S)

    async def _put(self, role: RoleName, brief: Brief) -> RoleCall:
        desk = RoleDesk(calls=self.calls, blobs=self.blobs, signals=self.signals, clock=self.clock, ids=self.ids)
        priority = await self.priority_of(brief.run_id)
        return await desk.put(role, brief, priority=priority, is_alone=self.is_suspect(brief.run_id))
