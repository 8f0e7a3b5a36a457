"""What is sent to Gemini."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.gemini import GeminiDialect
from eaa.domain.completion import (
    CompletionRequest,
    Effort,
    Image,
    Message,
    Reasoning,
    Speaker,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model import Dialect
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route
from tests.support.model_wires import make_ask, make_route

ADD = ToolSpec(name="add", description="Adds.", parameters_json='{"type":"object"}')


def route(wire_name: str = "gemini-2.5-flash", **facts: Any) -> Route:
    return make_route(Dialect.GEMINI, wire_name=wire_name, base_url="https://g.example/v1beta", **facts)


def body_of(request: CompletionRequest, to: Route | None = None) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(
        GeminiDialect().completion_request(request, to or route(), is_stream=False).body
    )
    return body


def test_a_whole_answer_and_a_stream_have_their_own_addresses() -> None:
    whole = GeminiDialect().completion_request(make_ask(), route(), is_stream=False)
    stream = GeminiDialect().completion_request(make_ask(), route(query=(("x", "1"),)), is_stream=True)
    tuned = GeminiDialect().completion_request(make_ask(), route("tunedModels/m i"), is_stream=False)

    assert whole.url == "https://g.example/v1beta/models/gemini-2.5-flash:generateContent"
    assert stream.url == "https://g.example/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&x=1"
    assert tuned.url == "https://g.example/v1beta/tunedModels/m%20i:generateContent"
    assert whole.headers["x-goog-api-key"] == "the-key"


def test_keys_are_sent_as_the_provider_wants_them() -> None:
    bearer = GeminiDialect().completion_request(make_ask(), route(options=(("auth", "bearer"),)), is_stream=False)
    without = GeminiDialect().completion_request(make_ask(), route(key=None), is_stream=False)

    assert bearer.headers["Authorization"] == "Bearer the-key"
    assert "x-goog-api-key" not in {**bearer.headers, **without.headers}


def test_a_conversation_with_pictures_tools_and_signatures() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("Be terse.", ends_prefix=True),)),
            Message(Speaker.USER, (Image("image/png", b"\x89PNG"), Text("Add."))),
            Message(
                Speaker.ASSISTANT,
                (
                    Reasoning("a summary", dialect=Dialect.GEMINI, opaque="c2ln"),
                    ToolCall("eaa-r1-0", "add", '{"a":1}'),
                    ToolCall("real-id", "add", "[1]"),
                    Reasoning("", dialect=Dialect.OPENAI, opaque="foreign"),
                    Reasoning("", dialect=Dialect.GEMINI, opaque="bGFzdA"),
                ),
            ),
            Message(Speaker.USER, (Text("So:"), ToolResult("eaa-r1-0", "add", "2"))),
            Message(Speaker.USER, (ToolResult("real-id", "add", "no", is_error=True),)),
        ),
        tools=(ADD,),
    )

    body = body_of(request)

    assert body["systemInstruction"] == {"parts": [{"text": "Be terse."}]}
    user, model, results = body["contents"]
    assert user["parts"][0] == {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
    assert model == {
        "role": "model",
        "parts": [
            {"functionCall": {"name": "add", "args": {"a": 1}}, "thoughtSignature": "c2ln"},
            {"functionCall": {"id": "real-id", "name": "add", "args": {"malformed_json": "[1]"}}},
            {"text": "", "thoughtSignature": "bGFzdA"},
        ],
    }
    assert results == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "add", "response": {"result": "2"}}},
            {"functionResponse": {"id": "real-id", "name": "add", "response": {"error": "no"}}},
            {"text": "So:"},
        ],
    }


def test_only_the_first_call_of_another_model_is_marked_as_foreign() -> None:
    calls = (ToolCall("1", "add", "{}"), ToolCall("2", "add", "{}"))
    request = CompletionRequest(messages=(Message(Speaker.USER, (Text("Add."),)), Message(Speaker.ASSISTANT, calls)))

    newer = body_of(request, route("gemini-3-pro"))["contents"][1]["parts"]
    older = body_of(request)["contents"][1]["parts"]

    assert [part.get("thoughtSignature") for part in newer] == ["skip_thought_signature_validator", None]
    assert [part.get("thoughtSignature") for part in older] == [None, None]


@pytest.mark.parametrize(
    ("facts", "calling"),
    [
        ({}, {"mode": "AUTO"}),
        ({"tool_choice": ToolChoice.NONE}, {"mode": "NONE"}),
        ({"tool_choice": ToolChoice.REQUIRED}, {"mode": "ANY"}),
        (
            {"tool_choice": ToolChoice.REQUIRED, "tool_name": "add"},
            {"mode": "ANY", "allowedFunctionNames": ["add"]},
        ),
    ],
)
def test_tool_choices(facts: dict[str, Any], calling: object) -> None:
    body = body_of(make_ask(tools=(ADD,), **facts))

    assert body["toolConfig"] == {"functionCallingConfig": calling}
    assert body["tools"] == [
        {"functionDeclarations": [{"name": "add", "description": "Adds.", "parametersJsonSchema": {"type": "object"}}]}
    ]


def test_values_of_generation() -> None:
    request = make_ask(
        answer_schema_json='{"type":"object"}',
        max_output_tokens=2000,
        temperature=0.5,
        top_p=0.9,
        seed=7,
        stop=("a", "b", "c", "d", "e", "f"),
        effort=Effort.HIGH,
    )

    assert body_of(request)["generationConfig"] == {
        "maxOutputTokens": 2000,
        "temperature": 0.5,
        "topP": 0.9,
        "seed": 7,
        "stopSequences": ["a", "b", "c", "d", "e"],
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"},
        "thinkingConfig": {"thinkingBudget": 1500, "includeThoughts": True},
    }


def test_from_version_3_on_thinking_has_levels() -> None:
    body = body_of(make_ask(effort=Effort.LOW), route("gemini-3-flash"))

    assert body["generationConfig"]["thinkingConfig"] == {"thinkingLevel": "low", "includeThoughts": True}


def test_what_the_model_cannot_do_is_left_out_or_refused() -> None:
    weak = route(capabilities=frozenset())

    body = body_of(make_ask(effort=Effort.LOW, answer_schema_json="{}"), weak)

    assert body["generationConfig"] == {"maxOutputTokens": 8000}
    with pytest.raises(RequestRefused, match="sees none"):
        body_of(CompletionRequest(messages=(Message(Speaker.USER, (Image("image/png", b""),)),)), weak)
    with pytest.raises(RequestRefused, match="cannot be written"):
        body_of(make_ask("half a \ud800 pair"))


def test_a_batch_of_texts_is_embedded() -> None:
    sent = GeminiDialect().embedding_request(("a", "b"), route("gemini-embedding-001"))

    assert sent.url == "https://g.example/v1beta/models/gemini-embedding-001:batchEmbedContents"
    assert orjson.loads(sent.body)["requests"][1] == {
        "model": "models/gemini-embedding-001",
        "content": {"parts": [{"text": "b"}]},
    }
