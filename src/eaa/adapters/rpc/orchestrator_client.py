"""An orchestrator that runs elsewhere, over gRPC."""

import secrets
from collections.abc import AsyncGenerator, Callable
from typing import Any

import grpc
from typing_extensions import override

from eaa.adapters.rpc.calling import Calling
from eaa.adapters.rpc.faults import fault_of, is_passing
from eaa.adapters.rpc.orchestrator_reading import answer_of, embeddings_of, event_of
from eaa.adapters.rpc.orchestrator_writing import ask_message, embed_message
from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent, Settled
from eaa.domain.caller import NotIdentified, OrganisationForbidden, RoleForbidden
from eaa.domain.completion import Embeddings
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import (
    BudgetExhausted,
    ModelFault,
    ModelTimeout,
    ModelUnreachable,
    NoModel,
    RequestRefused,
    SecretInPrompt,
    StreamCut,
)
from eaa.domain.service_errors import ServiceTimeout, ServiceUnreachable
from eaa.domain.service_rights import ASK_MODEL
from eaa.domain.service_token import RightMissing, TokenRefused
from eaa.ports.orchestrator import Orchestrator, Takeover
from eaa.wire import orchestrator_pb2 as pb
from eaa.wire.orchestrator_pb2_grpc import OrchestratorStub

ANSWER_S = 900.0
"""The service has its own patience and deadlines, which end sooner."""
_OURS = (ModelFault, BudgetExhausted, SecretInPrompt, NotIdentified, RoleForbidden, OrganisationForbidden)
_HINT = "Start it with `eaa serve orchestrator`, or correct EAA_ORCHESTRATOR_URL."


class RpcOrchestrator(Orchestrator):
    """Passes every ask on. Whoever stops waiting for a stream ends the call there, and upstream of there."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        calling: Calling,
        *,
        count_tokens: Callable[[Ask], int],
        answer_s: float = ANSWER_S,
        new_key: Callable[[], str] = lambda: secrets.token_urlsafe(16),
    ) -> None:
        """Ask over a channel.

        Args:
            channel: To the service.
            calling: How it is called.
            count_tokens: Tells a prompt's tokens here; nobody waits for a service to count.
            answer_s: The deadline of a call.
            new_key: Names a call, so that a retry finds the first one's answer.
        """
        self._stub: Any = OrchestratorStub(channel)
        self._calling = calling
        self._count_tokens = count_tokens
        self._answer_s = answer_s
        self._new_key = new_key

    @override
    async def complete(self, ask: Ask) -> Answer:
        request = pb.CompleteRequest(ask=ask_message(ask), idempotency_key=self._new_key())
        return answer_of(await self._call(self._stub.Complete, request, ask.account))

    @override
    async def stream(
        self, ask: Ask, *, takeover: Takeover = Takeover.RESTART
    ) -> AsyncGenerator[OrchestratedEvent, None]:
        request = pb.StreamRequest(ask=ask_message(ask), takeover=takeover.value)
        for number in range(1, self._calling.tries + 1):
            metadata = self._calling.headers(ASK_MODEL, ask.account.organisation_id)
            rpc = self._stub.Stream(request, metadata=metadata, timeout=self._answer_s)
            has_begun, is_settled = False, False
            try:
                async for message in rpc:
                    has_begun = True
                    event = event_of(message)
                    is_settled = isinstance(event, Settled)
                    yield event
                if not is_settled:
                    raise StreamCut("the orchestrator's stream ended before the answer did")
                return
            except grpc.aio.AioRpcError as error:
                if has_begun or number == self._calling.tries or not is_passing(error):
                    raise self._meant(error, has_begun=has_begun) from None
            finally:
                # Ends the call there when the caller has left.
                rpc.cancel()
            await self._calling.sleep(self._calling.pause_s(number))

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        if not texts:
            return Embeddings(vectors=(), usage=None)
        request = embed_message(texts, account=account, model=model)
        return embeddings_of(await self._call(self._stub.Embed, request, account))

    @override
    def count_tokens(self, ask: Ask) -> int:
        return self._count_tokens(ask)

    async def _call(self, method: Any, request: object, account: Account) -> Any:
        try:
            return await self._calling.call(
                method,
                request,
                scope=ASK_MODEL,
                organisation_id=account.organisation_id,
                timeout_s=self._answer_s,
            )
        except EaaError as error:
            raise _family(error) from None

    def _meant(self, error: grpc.aio.AioRpcError, *, has_begun: bool) -> EaaError:
        found = fault_of(error, address=self._calling.address, timeout_s=self._answer_s)
        if has_begun and isinstance(found, ServiceUnreachable):
            return StreamCut("the connection to the orchestrator ended before the answer did")
        return _family(found)


def _family(error: EaaError) -> EaaError:
    """Return an error as callers of an orchestrator know it."""
    match error:
        case ServiceTimeout():
            return ModelTimeout(phase="whole answer", limit_s=error.limit_s)
        case ServiceUnreachable():
            return ModelUnreachable(f"the orchestrator at {error}", hint=_HINT)
        case TokenRefused() | RightMissing():
            return NotIdentified(str(error), hint="Let this process share the orchestrator's file with the master key.")
        case _ if isinstance(error, _OURS):
            return error
        case _ if error.code == "model.not_listed":
            return NoModel(str(error), hint=error.hint)
        case _ if error.code.startswith("request."):
            return RequestRefused(str(error), hint=error.hint)
        case _:
            return ModelFault(str(error), hint=error.hint)
