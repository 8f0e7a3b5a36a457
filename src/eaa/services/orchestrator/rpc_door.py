"""`eaa.v1.Orchestrator`: the same orchestrator as behind HTTP, over gRPC."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from eaa.domain.catalogue import Catalogue
from eaa.kit.digest import sha256_hex
from eaa.ports.orchestrator import Orchestrator
from eaa.services.orchestrator.answered_once import AnsweredOnce
from eaa.services.orchestrator.reading import ANY_MODEL, model_of
from eaa.services.orchestrator.rpc_reading import account_of, ask_of, caller_of, takeover_of
from eaa.services.orchestrator.rpc_writing import answer_message, embed_message, event_message
from eaa.services.orchestrator.shared_answers import SharedAnswers
from eaa.services.rpc.visit import Door, Streamed, Unary, Visit
from eaa.wire import orchestrator_pb2 as pb


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchestratorDoor:
    """The door of an orchestrator's process. What it promises is written in orchestrator.proto."""

    orchestrator: Orchestrator
    catalogue: Catalogue
    answered: AnsweredOnce[bytes]
    """Of this process."""
    shared: SharedAnswers | None = None
    """Of all replicas; None: this process is alone."""

    def door(self) -> Door:
        """Return the door."""
        methods: dict[str, Unary | Streamed] = {
            "Complete": Unary(self.complete),
            "Stream": Streamed(self.stream),
            "Embed": Unary(self.embed),
            "CountTokens": Unary(self.count_tokens),
        }
        return Door(pb.DESCRIPTOR.services_by_name["Orchestrator"], methods)

    async def complete(self, request: pb.CompleteRequest, visit: Visit) -> pb.Answer:
        """Return a whole answer; asked again with the same key, the same one.

        Raises:
            BodyInvalid: The ask cannot be used.
            EaaError: As `Orchestrator.complete`.
        """
        ask = ask_of(request.ask, caller=caller_of(visit.caller), catalogue=self.catalogue)
        if not request.idempotency_key:
            return answer_message(await self.orchestrator.complete(ask))
        caller, digest = visit.caller, sha256_hex(request.ask.SerializeToString(deterministic=True))

        async def asked() -> bytes:
            return answer_message(await self.orchestrator.complete(ask)).SerializeToString()

        async def asked_once() -> bytes:
            if self.shared is None:
                return await asked()
            name = f"eaa.v1.Orchestrator/Complete {caller.issuer} {request.idempotency_key}"
            return await self.shared.answer(caller.organisation_id, name, digest, asked)

        owner = f"{caller.organisation_id} {caller.issuer}"
        answer = await self.answered.answer(owner, request.idempotency_key, digest, asked_once)
        return pb.Answer.FromString(answer)

    async def stream(self, request: pb.StreamRequest, visit: Visit) -> AsyncGenerator[pb.StreamEvent, None]:
        """Yield an answer as it is made. Closing it closes the provider's stream.

        Raises:
            BodyInvalid: The ask cannot be used.
            EaaError: As `Orchestrator.stream`.
        """
        ask = ask_of(request.ask, caller=caller_of(visit.caller), catalogue=self.catalogue)
        async with aclosing(self.orchestrator.stream(ask, takeover=takeover_of(request))) as events:
            async for event in events:
                yield event_message(event)

    async def embed(self, request: pb.EmbedRequest, visit: Visit) -> pb.EmbedAnswer:
        """Return one vector a text.

        Raises:
            EaaError: As `Orchestrator.embed`.
        """
        account = account_of(request.account, caller=caller_of(visit.caller))
        model = model_of(request.model if request.HasField("model") else ANY_MODEL, self.catalogue)
        embeddings = await self.orchestrator.embed(tuple(request.texts), account=account, model=model)
        return embed_message(embeddings)

    async def count_tokens(self, request: pb.CountTokensRequest, visit: Visit) -> pb.TokenCount:
        """Return the likely tokens of a prompt. No provider is asked.

        Raises:
            BodyInvalid: The ask cannot be used.
            NoModel: No model may take it.
        """
        ask = ask_of(request.ask, caller=caller_of(visit.caller), catalogue=self.catalogue)
        return pb.TokenCount(prompt_tokens=self.orchestrator.count_tokens(ask))
