"""Vertex AI: Gemini's format under a project's path."""

import orjson
import pytest

from eaa.adapters.models.vertex import VertexDialect
from eaa.domain.completion import (
    CompletionRequest,
    Message,
    Reasoning,
    Speaker,
    StopReason,
    Text,
    TokenUsage,
    ToolCall,
    ToolResult,
)
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed, KeyRefused, RequestRefused
from eaa.ports.models import Route
from tests.support.model_wires import assert_cuts_change_nothing, events_of, make_ask, make_route

PROJECT = (("project", "my-project"), ("location", "europe-west4"))
BODY = orjson.dumps(
    {
        "candidates": [
            {
                "content": {"parts": [{"functionCall": {"name": "add"}, "thoughtSignature": "c2ln"}]},
                "finishReason": "STOP",
            }
        ],
        "modelVersion": "gemini-x",
        "responseId": "r1",
    }
)


def route(options: tuple[tuple[str, str], ...] = PROJECT, key: str | None = "ya29.token") -> Route:
    base_url = "https://europe-west4-aiplatform.googleapis.com/v1"
    return make_route(Dialect.VERTEX, wire_name="gemini-3-pro", base_url=base_url, options=options, key=key)


def test_a_request_goes_below_project_and_location_with_a_token() -> None:
    sent = VertexDialect().completion_request(make_ask(), route(), is_stream=True)

    assert sent.url == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4"
        "/publishers/google/models/gemini-3-pro:streamGenerateContent?alt=sse"
    )
    assert sent.headers["Authorization"] == "Bearer ya29.token"


def test_without_a_location_it_is_global_and_without_a_project_nothing() -> None:
    sent = VertexDialect().completion_request(make_ask(), route((("project", "p"),), key=None), is_stream=False)

    assert "/projects/p/locations/global/" in sent.url
    assert "Authorization" not in sent.headers
    with pytest.raises(RequestRefused, match="has no project"):
        VertexDialect().completion_request(make_ask(), route(()), is_stream=False)


def test_its_own_thoughts_go_back_and_calls_go_by_name() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("Add."),)),
            Message(
                Speaker.ASSISTANT,
                (Reasoning("", dialect=Dialect.VERTEX, opaque="c2ln"), ToolCall("call-1", "add", "{}")),
            ),
            Message(Speaker.USER, (ToolResult("call-1", "add", "2"),)),
        )
    )

    _, model, user = orjson.loads(VertexDialect().completion_request(request, route(), is_stream=False).body)[
        "contents"
    ]

    assert model["parts"] == [{"functionCall": {"name": "add", "args": {}}, "thoughtSignature": "c2ln"}]
    assert user["parts"] == [{"functionResponse": {"name": "add", "response": {"result": "2"}}}]


def test_an_answer_whole_and_streamed() -> None:
    whole = VertexDialect().completion(BODY, {})
    stream = b"data: " + BODY + b"\n\n"

    assert whole.parts == (Reasoning("", dialect="vertex", opaque="c2ln"), ToolCall("eaa-r1-0", "add", "{}"))
    assert whole.stop_reason is StopReason.TOOL_CALLS
    assert len(events_of(VertexDialect().decoder({}), stream)) == 4
    assert_cuts_change_nothing(VertexDialect(), stream)


def test_embeddings_are_predictions() -> None:
    sent = VertexDialect().embedding_request(("a", "b"), route())
    body = b"""{"predictions":[{"embeddings":{"values":[0.5,1],"statistics":{"token_count":3,"truncated":false}}},
        {"embeddings":{"values":[2,3],"statistics":{"token_count":4}}}],"metadata":{}}"""

    found = VertexDialect().embeddings(body, {})

    assert sent.url.endswith("/models/gemini-3-pro:predict")
    assert orjson.loads(sent.body) == {"instances": [{"content": "a"}, {"content": "b"}]}
    assert (found.vectors, found.usage) == (((0.5, 1.0), (2.0, 3.0)), TokenUsage(input_tokens=7))
    with pytest.raises(AnswerMalformed):
        VertexDialect().embeddings(b"{}", {})


def test_an_expired_token_is_a_refused_key() -> None:
    body = (
        b'{"error":{"code":401,"message":"Request had invalid authentication credentials","status":"UNAUTHENTICATED"}}'
    )

    assert type(VertexDialect().fault(401, {}, body)) is KeyRefused
