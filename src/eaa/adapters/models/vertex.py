"""Gemini's format behind Google Cloud's Vertex AI.

Source: Google Cloud, "Generate content with the Gemini API in Vertex AI", "Text embeddings API", checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
from typing_extensions import override

from eaa.adapters.models import gemini_answer, gemini_faults
from eaa.adapters.models.answer_faults import decoded
from eaa.adapters.models.dialect import StreamDecoder, WireDialect, WireRequest
from eaa.adapters.models.gemini_request import content_body
from eaa.adapters.models.gemini_stream import GeminiStream
from eaa.adapters.models.post import path_part, post, revealed_key
from eaa.adapters.models.wire_json import encoded
from eaa.domain.completion import Completion, CompletionRequest, Embeddings, TokenUsage
from eaa.domain.model import Dialect
from eaa.domain.model_errors import ModelFault, RequestRefused
from eaa.ports.models import Route


class _Statistics(msgspec.Struct):
    token_count: float = 0


class _Vector(msgspec.Struct):
    values: tuple[float, ...]
    statistics: _Statistics | None = None


class _Prediction(msgspec.Struct):
    embeddings: _Vector


class _Predictions(msgspec.Struct):
    predictions: list[_Prediction]


_PREDICTIONS = msgspec.json.Decoder(_Predictions)


class VertexDialect(WireDialect):
    """Content whole and streamed, and embeddings. Options: `project`, `location` (else `global`), `auth` (`none`).

    The key is an access token; `google_tokens.py` makes one of a service account.
    """

    @override
    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        body = content_body(request, route, dialect=Dialect.VERTEX)
        action, query = ("streamGenerateContent", (("alt", "sse"),)) if is_stream else ("generateContent", ())
        return post(route, f"{_model_path(route)}:{action}", body, proof=_proof(route), query=query)

    @override
    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        return gemini_answer.completion(body, headers, dialect=Dialect.VERTEX)

    @override
    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        return GeminiStream(headers, dialect=Dialect.VERTEX)

    @override
    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        body = encoded({"instances": [{"content": text} for text in texts]})
        return post(route, f"{_model_path(route)}:predict", body, proof=_proof(route))

    @override
    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        vectors = [found.embeddings for found in decoded(body, _PREDICTIONS, what="the embeddings").predictions]
        counts = [int(vector.statistics.token_count) for vector in vectors if vector.statistics is not None]
        usage = TokenUsage(input_tokens=sum(counts)) if counts else None
        return Embeddings(vectors=tuple(vector.values for vector in vectors), usage=usage)

    @override
    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        return gemini_faults.fault(status, headers, body)


def _model_path(route: Route) -> str:
    project = route.provider.option("project")
    if not project:
        raise RequestRefused(
            f"the provider {route.provider.name} has no project",
            model=route.model.name,
            hint='Give it one in models.toml: options = { project = "my-project", location = "europe-west4" }.',
        )
    location = route.provider.option("location", "global")
    place = f"/projects/{path_part(project)}/locations/{path_part(location)}"
    return f"{place}/publishers/google/models/{path_part(route.model.wire_name)}"


def _proof(route: Route) -> dict[str, str]:
    key = revealed_key(route)
    return {"Authorization": f"Bearer {key}"} if key and route.provider.option("auth") != "none" else {}
