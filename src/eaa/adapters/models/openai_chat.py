"""Chat completions: the format of OpenAI, and of everybody who serves the same."""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.openai_answer import Answer, VectorList, parts_of, stop_reason, token_usage
from eaa.adapters.models.openai_errors import reported_fault, response_fault
from eaa.adapters.models.openai_request import completion_body, embedding_body
from eaa.adapters.models.openai_stream import OpenAiStream
from eaa.adapters.models.post import path_part, post
from eaa.adapters.models.rates import rate_report, request_id
from eaa.domain.completion import Completion, CompletionRequest, Embeddings
from eaa.domain.model_errors import AnswerMalformed, ModelFault, ModelOverloaded
from eaa.ports.models import Route

_ANSWER = msgspec.json.Decoder(Answer)
_VECTORS = msgspec.json.Decoder(VectorList)


class OpenAiChat(WireDialect):
    """Options of a provider that this format understands are listed in docs/models.md."""

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        return _post(route, "/chat/completions", completion_body(request, route, is_stream=is_stream))

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        answer = decoded(body, _ANSWER, what="the answer")
        if answer.error:
            raise reported_fault(answer.error, headers)
        if not answer.choices or answer.choices[0].message is None:
            raise AnswerMalformed("the answer has no choice with a message", request_id=request_id(headers))
        choice, said = answer.choices[0], answer.choices[0].message
        if choice.finish_reason in {"error", "insufficient_system_resource", "abort"}:
            raise ModelOverloaded(f"the provider gave up on its answer ({choice.finish_reason})")
        parts = parts_of(said, answer_id=answer.id or "")
        reason = stop_reason(choice, has_calls=bool(said.tool_calls), is_refusal=bool(said.refusal))
        if not parts:
            refuse_silence(reason, request_id=request_id(headers))
        return Completion(
            parts=parts,
            stop_reason=reason,
            usage=token_usage(answer.usage),
            wire_model=answer.model or "",
            request_id=request_id(headers) or answer.id or "",
            rates=rate_report(headers),
        )

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return OpenAiStream(headers)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        return _post(route, "/embeddings", embedding_body(texts, route))

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        answer = decoded(body, _VECTORS, what="the answer")
        if answer.error:
            raise reported_fault(answer.error, headers)
        if answer.data is None:
            raise AnswerMalformed("the answer has no vectors", request_id=request_id(headers))
        in_order = sorted(answer.data, key=lambda vector: vector.index)
        return Embeddings(
            vectors=tuple(tuple(vector.embedding) for vector in in_order),
            usage=token_usage(answer.usage),
            wire_model=answer.model or "",
        )

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return response_fault(status, headers, body)


def _post(route: Route, path: str, body: bytes) -> WireRequest:
    """Return the POST. Azure puts the model into the path, as a deployment, and the key into a header of its own."""
    if route.provider.option("model_in_path") == "yes":
        path = f"/deployments/{path_part(route.model.wire_name)}{path}"
    return post(route, path, body, proof=_proof(route))


def _proof(route: Route) -> dict[str, str]:
    if route.key is None:
        return {}
    match route.provider.option("auth", "bearer"):
        case "none":
            return {}
        case "api-key":
            return {"api-key": route.key.reveal()}
        case _:
            return {"Authorization": f"Bearer {route.key.reveal()}"}
