"""Calls, events and faults of ours in the words of role.proto."""

from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from eaa.domain.event import Event
from eaa.domain.executor import Executor
from eaa.domain.role_call import CallState, RoleCall
from eaa.engine.codec import decode, encode
from eaa.engine.role_queue import Answer
from eaa.wire import role_pb2

_STATES = {
    CallState.QUEUED: role_pb2.CALL_STATE_QUEUED,
    CallState.RUNNING: role_pb2.CALL_STATE_RUNNING,
    CallState.DONE: role_pb2.CALL_STATE_DONE,
    CallState.FAILED: role_pb2.CALL_STATE_FAILED,
    CallState.CANCELLED: role_pb2.CALL_STATE_CANCELLED,
}


def call_message(call: RoleCall, answer: bytes | None) -> role_pb2.Call:
    """Return a call as it is sent.

    Args:
        call: The call.
        answer: The content of its `artefact`, None for a call that has none.
    """
    message = role_pb2.Call(
        id=call.id,
        role=call.role,
        run_id=call.run_id,
        generation=call.generation,
        name=call.name,
        state=_STATES[call.state],
        owner_slot=call.owner_slot or "",
        created_at=timestamp(call.created_at),
        started_at=timestamp(call.started_at),
        ended_at=timestamp(call.ended_at),
        brief_blob=call.brief,
    )
    if answer is not None:
        message.outcome.CopyFrom(_outcome(call.artefact or "", answer))
    if call.fault is not None:
        message.fault.CopyFrom(_fault(call.fault))
    return message


def event_message(event: Event) -> role_pb2.RunEvent:
    """Return an event as it is sent."""
    return role_pb2.RunEvent(id=event.id, type=event.type, at=timestamp(event.created_at), data_json=event.data)


def replica_message(executor: Executor) -> role_pb2.Replica:
    """Return a process of the role as it is sent."""
    return role_pb2.Replica(slot=executor.slot, host=executor.host, is_draining=executor.is_draining)


def timestamp(moment: datetime | None) -> Timestamp | None:
    """Return a moment as protobuf has it."""
    if moment is None:
        return None
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def _outcome(blob: str, answer: bytes) -> role_pb2.Outcome:
    kept = decode(answer, Answer)
    if kept.skipped is not None:
        return role_pb2.Outcome(blob=blob, skipped=kept.skipped)
    return role_pb2.Outcome(blob=blob, artefact_json=encode(kept.artefact))


def _fault(kept: bytes) -> role_pb2.Fault:
    facts = decode(kept, dict[str, Any])
    return role_pb2.Fault(
        code=facts.get("code", ""), message=facts.get("message", ""), hint=facts.get("hint", ""), facts_json=kept
    )
