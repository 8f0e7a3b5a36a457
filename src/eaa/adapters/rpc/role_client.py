"""A role's service, asked over gRPC."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC
from typing import Any

import grpc
from typing_extensions import override

from eaa.adapters.rpc.calling import Calling
from eaa.adapters.rpc.faults import fault_of
from eaa.domain.error_facts import error_of
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION, BlobId, OrganisationId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState
from eaa.domain.role_reply import RoleDescription, RoleEvent, RoleReply
from eaa.domain.service_rights import ASK_ROLE, CANCEL_ROLE, READ_ROLE
from eaa.ports.role_services import RoleServices
from eaa.wire import role_pb2
from eaa.wire.role_pb2_grpc import RoleStub

SHORT_S = 10.0
"""For calls that only read or change a row."""
_STATES = {
    role_pb2.CALL_STATE_QUEUED: CallState.QUEUED,
    role_pb2.CALL_STATE_RUNNING: CallState.RUNNING,
    role_pb2.CALL_STATE_DONE: CallState.DONE,
    role_pb2.CALL_STATE_FAILED: CallState.FAILED,
    role_pb2.CALL_STATE_CANCELLED: CallState.CANCELLED,
}


class RoleClient(RoleServices):
    """Asks again when nobody takes a call: the queue knows it by its name, so it is put once."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        calling: Calling,
        *,
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
        short_s: float = SHORT_S,
    ) -> None:
        self._stub: Any = RoleStub(channel)
        self._calling = calling
        self._organisation_id = organisation_id
        self._short_s = short_s

    @override
    async def describe(self) -> RoleDescription:
        told = await self._call(self._stub.Describe, role_pb2.DescribeRequest(), READ_ROLE, self._short_s)
        return RoleDescription(
            role=RoleName(told.role),
            version=told.version,
            slot=told.slot,
            replicas=tuple((one.slot, one.host, one.is_draining) for one in told.replicas),
            at_once=told.limits.at_once,
            waiting=told.waiting,
            working=told.working,
        )

    @override
    async def ask(
        self,
        brief: bytes | BlobId,
        *,
        run_id: RunId,
        generation: int,
        key: str = "",
        timeout_s: float | None = None,
        wait_s: float | None = None,
        is_dropped_with_me: bool = False,
    ) -> RoleReply:
        request = role_pb2.AskRequest(
            run_id=run_id,
            generation=generation,
            idempotency_key=key,
            wait_s=wait_s,
            cancels_with_caller=is_dropped_with_me,
        )
        if isinstance(brief, bytes):
            request.brief_json = brief
        else:
            request.brief_blob = brief
        return _reply(await self._call(self._stub.Ask, request, ASK_ROLE, timeout_s))

    @override
    async def status(self, call_id: RoleCallId) -> RoleReply:
        request = role_pb2.StatusRequest(call_id=call_id)
        return _reply(await self._call(self._stub.Status, request, READ_ROLE, self._short_s))

    @override
    async def cancel(self, call_id: RoleCallId) -> RoleReply:
        request = role_pb2.CancelRequest(call_id=call_id)
        return _reply(await self._call(self._stub.Cancel, request, CANCEL_ROLE, self._short_s))

    @override
    async def log(
        self, call_id: RoleCallId, *, after_event: str = "", timeout_s: float | None = None
    ) -> AsyncGenerator[RoleReply | RoleEvent, None]:
        request = role_pb2.StreamLogRequest(call_id=call_id, after_event=after_event)
        metadata = self._calling.headers(READ_ROLE, self._organisation_id)
        stream = self._stub.StreamLog(request, metadata=metadata, timeout=timeout_s)
        try:
            async for entry in stream:
                yield _reply(entry.call) if entry.WhichOneof("entry") == "call" else _event(entry.event)
        except grpc.aio.AioRpcError as error:
            raise fault_of(error, address=self._calling.address, timeout_s=timeout_s) from None
        finally:
            stream.cancel()

    async def _call(self, method: Any, request: object, scope: str, timeout_s: float | None) -> Any:
        return await self._calling.call(
            method, request, scope=scope, organisation_id=self._organisation_id, timeout_s=timeout_s
        )


def _reply(call: role_pb2.Call) -> RoleReply:
    left = call.outcome.WhichOneof("left")
    return RoleReply(
        id=RoleCallId(call.id),
        role=RoleName(call.role),
        run_id=RunId(call.run_id),
        generation=call.generation,
        name=call.name,
        state=_STATES[call.state],
        brief=BlobId(call.brief_blob),
        owner_slot=call.owner_slot or None,
        artefact=BlobId(call.outcome.blob) if call.outcome.blob else None,
        artefact_json=call.outcome.artefact_json if left == "artefact_json" else None,
        skipped=call.outcome.skipped if left == "skipped" else None,
        fault=_fault(call.fault) if call.HasField("fault") else None,
    )


def _fault(fault: role_pb2.Fault) -> EaaError:
    return error_of(json.loads(fault.facts_json))


def _event(event: role_pb2.RunEvent) -> RoleEvent:
    return RoleEvent(event.id, event.type, event.at.ToDatetime(tzinfo=UTC), event.data_json)
