"""Gemini's format behind an API key.

Source: Google, "Gemini API reference", checked 2026-11.
"""

from collections.abc import Mapping
from urllib.parse import quote

from typing_extensions import override

from eaa.adapters.models import gemini_answer, gemini_faults
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.gemini_request import content_body
from eaa.adapters.models.gemini_stream import GeminiStream
from eaa.adapters.models.post import post, revealed_key
from eaa.adapters.models.wire_json import encoded
from eaa.domain.completion import Completion, CompletionRequest, Embeddings
from eaa.domain.model import Dialect
from eaa.domain.model_errors import ModelFault
from eaa.ports.models import Route


class GeminiDialect(WireDialect):
    """Content whole and streamed, and embeddings. Option: `auth` (`api-key`, `bearer`, `none`)."""

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        body = content_body(request, route, dialect=Dialect.GEMINI)
        action, query = ("streamGenerateContent", (("alt", "sse"),)) if is_stream else ("generateContent", ())
        return post(route, f"/{_model_path(route)}:{action}", body, proof=_proof(route), query=query)

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        return gemini_answer.completion(body, headers, dialect=Dialect.GEMINI)

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return GeminiStream(headers, dialect=Dialect.GEMINI)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        path = _model_path(route)
        requests = [{"model": path, "content": {"parts": [{"text": text}]}} for text in texts]
        body = encoded({"requests": requests})
        return post(route, f"/{path}:batchEmbedContents", body, proof=_proof(route))

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        return gemini_answer.embeddings(body)

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return gemini_faults.fault(status, headers, body)


def _model_path(route: Route) -> str:
    """Return `models/<name>`; a name with a folder, such as `tunedModels/mine`, is one already."""
    name = route.model.wire_name
    return quote(name if "/" in name else f"models/{name}", safe="/")


def _proof(route: Route) -> dict[str, str]:
    key = revealed_key(route)
    match route.provider.option("auth", "api-key"):
        case _ if not key:
            return {}
        case "none":
            return {}
        case "bearer":
            return {"Authorization": f"Bearer {key}"}
        case _:
            return {"x-goog-api-key": key}
