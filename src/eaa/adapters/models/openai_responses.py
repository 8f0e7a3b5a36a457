"""OpenAI's Responses format.

Source: OpenAI API reference, "Responses", checked 2026-11.
"""

from collections.abc import Mapping

from typing_extensions import override

from eaa.adapters.models import openai_responses_answer
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.openai_errors import response_fault
from eaa.adapters.models.openai_responses_request import response_body
from eaa.adapters.models.openai_responses_stream import ResponsesStream
from eaa.adapters.models.post import post, revealed_key
from eaa.domain.completion import Completion, CompletionRequest, Embeddings
from eaa.domain.model_errors import AnswerMalformed, ModelFault, RequestRefused
from eaa.ports.models import Route


class ResponsesDialect(WireDialect):
    """Responses, whole and streamed. Options: `auth` (`bearer`, `api-key`, `none`), `reasoning_summary`."""

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        return post(route, "/responses", response_body(request, route, is_stream=is_stream), proof=_proof(route))

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        return openai_responses_answer.completion(body, headers)

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return ResponsesStream(headers)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        raise RequestRefused(
            "the Responses format has no embeddings",
            model=route.model.name,
            hint="Give the embedding model a provider with the dialect `openai`.",
        )

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        raise AnswerMalformed("the Responses format has no embeddings, and none were asked for")

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return response_fault(status, headers, body)


def _proof(route: Route) -> dict[str, str]:
    key = revealed_key(route)
    match route.provider.option("auth", "bearer"):
        case _ if not key:
            return {}
        case "none":
            return {}
        case "api-key":
            return {"api-key": key}
        case _:
            return {"Authorization": f"Bearer {key}"}
