"""What is sent to OpenAI's Responses interface."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.openai_responses import ResponsesDialect
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
from eaa.domain.model import Capability, Dialect
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route
from tests.support.model_wires import make_ask, make_route

ADD = ToolSpec(name="add", description="Adds.", parameters_json='{"type":"object"}')
PLAIN = frozenset(Capability) - {Capability.REASONING}


def route(**facts: Any) -> Route:
    return make_route(Dialect.RESPONSES, wire_name="gpt-x", **facts)


def body_of(request: CompletionRequest, to: Route | None = None) -> dict[str, Any]:
    sent = ResponsesDialect().completion_request(request, to or route(), is_stream=False)
    body: dict[str, Any] = orjson.loads(sent.body)
    return body


def test_a_request_keeps_nothing_at_the_provider() -> None:
    sent = ResponsesDialect().completion_request(make_ask(), route(capabilities=PLAIN), is_stream=True)

    assert sent.url == "https://models.example/v1/responses"
    assert sent.headers["Authorization"] == "Bearer the-key"
    assert orjson.loads(sent.body) == {
        "model": "gpt-x",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "Say hello."}]}],
        "max_output_tokens": 8000,
        "store": False,
        "stream": True,
    }


@pytest.mark.parametrize(
    ("auth", "headers"),
    [("api-key", {"api-key": "the-key"}), ("none", {}), ("bearer", {"Authorization": "Bearer the-key"})],
)
def test_keys_are_sent_as_the_provider_wants_them(auth: str, headers: dict[str, str]) -> None:
    sent = ResponsesDialect().completion_request(make_ask(), route(options=(("auth", auth),)), is_stream=False)

    assert {name: value for name, value in sent.headers.items() if name != "Content-Type"} == headers


def test_a_conversation_becomes_items_in_its_order() -> None:
    thought = '{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"xyz"}'
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("Be terse."),)),
            Message(Speaker.SYSTEM, (Text("Be kind."),)),
            Message(Speaker.USER, (Text("Add."), Image("image/png", b"\x89PNG"))),
            Message(
                Speaker.ASSISTANT,
                (
                    Reasoning("", dialect=Dialect.RESPONSES, opaque=thought),
                    Reasoning("foreign", dialect=Dialect.ANTHROPIC, opaque="sig"),
                    Reasoning("without its item", dialect=Dialect.RESPONSES),
                    Text("Adding."),
                    ToolCall("call_1", "add", '{"a":1}'),
                    Text(""),
                ),
            ),
            Message(Speaker.USER, (ToolResult("call_1", "add", "bad", is_error=True), Text("Go on."))),
            Message(Speaker.SYSTEM, (Text("Hurry."),)),
        )
    )

    body = body_of(request)

    assert body["instructions"] == "Be terse.\n\nBe kind."
    assert body["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Add."},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBORw=="},
            ],
        },
        orjson.loads(thought),
        {"role": "assistant", "content": [{"type": "output_text", "text": "Adding."}]},
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "Error: bad"},
        {"role": "user", "content": [{"type": "input_text", "text": "Go on."}]},
        {"role": "system", "content": [{"type": "input_text", "text": "Hurry."}]},
    ]


@pytest.mark.parametrize(
    ("facts", "choice"),
    [
        ({}, None),
        ({"tool_choice": ToolChoice.NONE}, "none"),
        ({"tool_choice": ToolChoice.REQUIRED}, "required"),
        ({"tool_choice": ToolChoice.REQUIRED, "tool_name": "add"}, {"type": "function", "name": "add"}),
    ],
)
def test_tool_choices(facts: dict[str, Any], choice: object) -> None:
    body = body_of(make_ask(tools=(ADD,), has_parallel_tools=False, **facts))

    assert body.get("tool_choice") == choice
    assert body["parallel_tool_calls"] is False
    assert body["tools"] == [
        {"type": "function", "name": "add", "description": "Adds.", "parameters": {"type": "object"}, "strict": False}
    ]


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        ('{"type":"object"}', False),
        ('{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}', True),
        ('{"type":"object","properties":{"a":{}},"additionalProperties":false}', False),
        ('{"type":"array","items":[{"type":"object"}]}', False),
    ],
)
def test_an_answers_schema_is_strict_where_its_rules_are_kept(schema: str, strict: bool) -> None:
    body = body_of(make_ask(answer_schema_json=schema))

    assert body["text"]["format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": orjson.loads(schema),
        "strict": strict,
    }


def test_a_reasoning_model_takes_an_effort_and_no_temperature() -> None:
    asked = make_ask(effort=Effort.LOW, temperature=0.1, top_p=0.9)

    thinking = body_of(asked, route(options=(("reasoning_summary", "auto"),)))
    plain = body_of(asked, route(capabilities=PLAIN))

    assert thinking["reasoning"] == {"effort": "low", "summary": "auto"}
    assert thinking["include"] == ["reasoning.encrypted_content"]
    assert "temperature" not in thinking
    assert (plain["temperature"], plain["top_p"]) == (0.1, 0.9)
    assert "reasoning" not in plain
    assert "include" not in plain


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(RequestRefused, match="stop sequences"):
        body_of(make_ask(stop=("END",)))
    with pytest.raises(RequestRefused, match="no embeddings"):
        ResponsesDialect().embedding_request(("a",), route())
