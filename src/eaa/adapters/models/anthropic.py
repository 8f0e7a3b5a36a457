"""Anthropic's Messages format.

Source: Anthropic, "API overview" (headers, version), checked 2026-11.
"""

from collections.abc import Mapping

from typing_extensions import override

from eaa.adapters.models import anthropic_answer, anthropic_faults
from eaa.adapters.models.anthropic_request import message_body
from eaa.adapters.models.anthropic_stream import AnthropicStream
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.post import post, revealed_key
from eaa.domain.completion import Completion, CompletionRequest, Embeddings
from eaa.domain.model_errors import AnswerMalformed, ModelFault, RequestRefused
from eaa.ports.models import Route

API_VERSION = "2023-06-01"


class AnthropicDialect(WireDialect):
    """Messages, whole and streamed. Options: `auth` (`x-api-key`, `bearer`, `none`), `version`, `thinking`."""

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        return post(route, "/messages", message_body(request, route, is_stream=is_stream), proof=_proof(route))

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        return anthropic_answer.completion(body, headers)

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return AnthropicStream(headers)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        raise RequestRefused(
            "Anthropic has no embeddings", model=route.model.name, hint="Choose a model with `embeddings`."
        )

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        raise AnswerMalformed("Anthropic has no embeddings, and none were asked for")

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return anthropic_faults.fault(status, headers, body)


def _proof(route: Route) -> dict[str, str]:
    """Return the headers with version and key."""
    version = {"anthropic-version": route.provider.option("version", API_VERSION)}
    key = revealed_key(route)
    match route.provider.option("auth", "x-api-key"):
        case _ if not key:
            return version
        case "none":
            return version
        case "bearer":
            return {**version, "Authorization": f"Bearer {key}"}
        case _:
            return {**version, "x-api-key": key}
