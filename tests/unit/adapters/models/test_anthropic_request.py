"""What is sent to Anthropic."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.anthropic import AnthropicDialect
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

ADD = ToolSpec(
    name="add", description="Adds.", parameters_json='{"type":"object","properties":{"a":{"type":"integer"}}}'
)


def route(wire_name: str = "claude-sonnet-4-5", **facts: Any) -> Route:
    return make_route(Dialect.ANTHROPIC, wire_name=wire_name, **facts)


def body_of(request: CompletionRequest, to: Route | None = None, *, is_stream: bool = False) -> dict[str, Any]:
    sent = AnthropicDialect().completion_request(request, to or route(), is_stream=is_stream)
    body: dict[str, Any] = orjson.loads(sent.body)
    return body


def test_a_request_goes_to_messages_with_version_and_key() -> None:
    sent = AnthropicDialect().completion_request(make_ask(), route(headers=(("X-Team", "rd"),)), is_stream=False)

    assert sent.url == "https://models.example/v1/messages"
    assert sent.headers["x-api-key"] == "the-key"
    assert sent.headers["anthropic-version"] == "2023-06-01"
    assert sent.headers["X-Team"] == "rd"
    assert "the-key" not in repr(sent)
    assert orjson.loads(sent.body) == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 8000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Say hello."}]}],
    }


def test_a_gateway_may_want_a_bearer_token_or_none() -> None:
    bearer = AnthropicDialect().completion_request(make_ask(), route(options=(("auth", "bearer"),)), is_stream=True)
    without = AnthropicDialect().completion_request(make_ask(), route(options=(("auth", "none"),)), is_stream=True)

    assert bearer.headers["Authorization"] == "Bearer the-key"
    assert "x-api-key" not in bearer.headers
    assert "the-key" not in str(dict(without.headers))


def test_system_words_stand_apart_and_later_ones_are_said_by_the_user() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("You are terse."),)),
            Message(Speaker.USER, (Text("Hi"),)),
            Message(Speaker.SYSTEM, (Text("Now be verbose."),)),
        )
    )

    body = body_of(request)

    assert body["system"] == [{"type": "text", "text": "You are terse."}]
    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert [block["text"] for block in body["messages"][0]["content"]] == ["Hi", "Now be verbose."]


def test_of_many_cache_marks_the_last_four_are_kept() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("a", ends_prefix=True), Text("b", ends_prefix=True))),
            Message(Speaker.USER, tuple(Text(word, ends_prefix=True) for word in "cdef")),
        )
    )

    body = body_of(request)

    assert [("cache_control" in block) for block in body["system"]] == [False, False]
    assert [block["cache_control"] for block in body["messages"][0]["content"]] == [{"type": "ephemeral"}] * 4


def test_a_marked_conversation_with_tools_is_marked_at_its_end_too() -> None:
    messages = (
        Message(Speaker.USER, (Text("brief", ends_prefix=True), Text("Add."))),
        Message(Speaker.ASSISTANT, (ToolCall("call_1", "add", "{}"),)),
        Message(Speaker.USER, (ToolResult("call_1", "add", "2"),)),
    )
    tool = ToolSpec("add", "Adds.", '{"type": "object"}')

    with_tools = body_of(CompletionRequest(messages, tools=(tool,)))
    without = body_of(CompletionRequest(messages[:1]))

    first, _, last = with_tools["messages"]
    assert ["cache_control" in block for block in first["content"]] == [True, False]
    assert last["content"][-1]["cache_control"] == {"type": "ephemeral"}
    assert ["cache_control" in block for block in without["messages"][0]["content"]] == [True, False]


def test_a_tool_round_keeps_thoughts_and_puts_results_first_in_one_turn() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("Add."),)),
            Message(
                Speaker.ASSISTANT,
                (
                    Reasoning("hm", dialect=Dialect.ANTHROPIC, opaque="c2ln"),
                    Reasoning("", dialect=Dialect.ANTHROPIC, opaque='{"redacted_thinking":"xyz"}'),
                    Reasoning("not yours", dialect=Dialect.OPENAI, opaque="other"),
                    ToolCall("call.1", "add", '{"a":1}'),
                    ToolCall("call_2", "add", "{broken"),
                ),
            ),
            Message(Speaker.USER, (Text("Here:"), ToolResult("call.1", "add", "2"))),
            Message(Speaker.USER, (ToolResult("call_2", "add", "no JSON", is_error=True), Text(""))),
        ),
        tools=(ADD,),
    )

    _, assistant, results = body_of(request)["messages"]

    assert assistant["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1}},
        {"type": "tool_use", "id": "call_2", "name": "add", "input": {"malformed_json": "{broken"}},
    ]
    assert results["content"] == [
        {"type": "tool_result", "tool_use_id": "call_1", "content": "2"},
        {"type": "tool_result", "tool_use_id": "call_2", "content": "no JSON", "is_error": True},
        {"type": "text", "text": "Here:"},
    ]


@pytest.mark.parametrize(
    ("facts", "choice"),
    [
        ({}, None),
        ({"has_parallel_tools": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"tool_choice": ToolChoice.NONE}, {"type": "none"}),
        ({"tool_choice": ToolChoice.REQUIRED}, {"type": "any"}),
        (
            {"tool_choice": ToolChoice.REQUIRED, "tool_name": "add", "has_parallel_tools": False},
            {"type": "tool", "name": "add", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_tool_choices(facts: dict[str, Any], choice: object) -> None:
    body = body_of(make_ask(tools=(ADD,), **facts))

    assert body.get("tool_choice") == choice
    assert body["tools"][0]["input_schema"]["properties"] == {"a": {"type": "integer"}}


def test_tools_of_earlier_turns_are_declared_and_closed() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("Add."),)),
            Message(Speaker.ASSISTANT, (ToolCall("1", "add", "{}"),)),
            Message(Speaker.USER, (ToolResult("1", "add", "2"),)),
        )
    )

    body = body_of(request)

    assert body["tools"] == [{"name": "add", "input_schema": {"type": "object"}}]
    assert body["tool_choice"] == {"type": "none"}


def test_an_image_is_sent_in_base64_and_refused_where_none_is_seen() -> None:
    request = CompletionRequest(messages=(Message(Speaker.USER, (Image("image/png", b"\x89PNG"), Text("What?"))),))

    source = body_of(request)["messages"][0]["content"][0]["source"]
    assert source == {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}

    with pytest.raises(RequestRefused, match="sees none"):
        body_of(request, route(capabilities=frozenset()))
    with pytest.raises(RequestRefused, match="image/tiff"):
        body_of(CompletionRequest(messages=(Message(Speaker.USER, (Image("image/tiff", b""),)),)))


def test_older_models_think_with_a_budget_and_without_a_temperature() -> None:
    body = body_of(make_ask(effort=Effort.MEDIUM, temperature=0.2))

    assert body["thinking"] == {"type": "enabled", "budget_tokens": 6000}
    assert "temperature" not in body


def test_newer_models_think_as_they_like_with_an_effort() -> None:
    body = body_of(make_ask(effort=Effort.HIGH, temperature=0.2), route("claude-opus-4-7"))

    assert body["thinking"] == {"type": "adaptive"}
    assert body["output_config"] == {"effort": "high"}
    assert "temperature" not in body
    assert "temperature" not in body_of(make_ask(temperature=0.2), route("claude-opus-5"))


def test_newer_versions_of_the_interface_know_no_temperature() -> None:
    newer = route(options=(("version", "2026-10-21"),))

    sent = AnthropicDialect().completion_request(make_ask(temperature=0.2), newer, is_stream=False)

    assert sent.headers["anthropic-version"] == "2026-10-21"
    assert "temperature" not in orjson.loads(sent.body)


@pytest.mark.parametrize(
    "facts",
    [
        {"tools": (ADD,), "tool_choice": ToolChoice.REQUIRED},
        {"max_output_tokens": 1000},
    ],
)
def test_thinking_gives_way_to_a_forced_tool_and_to_a_small_limit(facts: dict[str, Any]) -> None:
    body = body_of(make_ask(effort=Effort.LOW, **facts))

    assert "thinking" not in body


def test_a_budget_is_not_asked_for_in_another_models_tool_round() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("Add."),)),
            Message(Speaker.ASSISTANT, (Reasoning("x", dialect=Dialect.OPENAI), ToolCall("1", "add", "{}"))),
            Message(Speaker.USER, (ToolResult("1", "add", "2"),)),
        ),
        tools=(ADD,),
        effort=Effort.LOW,
    )

    assert "thinking" not in body_of(request)


def test_an_answers_schema_and_the_rest_of_the_values() -> None:
    request = make_ask(
        answer_schema_json='{"type":"object"}',
        stop=("END", " "),
        temperature=1.5,
        top_p=0.5,
        seed=7,
        max_output_tokens=9999,
    )

    body = body_of(request, is_stream=True)

    assert body["output_config"] == {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    assert body["stop_sequences"] == ["END"]
    assert (body["temperature"], body["max_tokens"], body["stream"]) == (1.0, 8000, True)
    assert "top_p" not in body
    assert "output_config" not in body_of(request, route(capabilities=frozenset()))


@pytest.mark.parametrize("schema", ["{", "[]"])
def test_a_schema_that_is_none_is_refused_before_it_is_sent(schema: str) -> None:
    with pytest.raises(RequestRefused, match="the JSON Schema of the answer"):
        body_of(make_ask(answer_schema_json=schema))
    with pytest.raises(RequestRefused, match="the JSON Schema of add"):
        body_of(make_ask(tools=(ToolSpec("add", "", schema),)))


def test_there_are_no_embeddings() -> None:
    with pytest.raises(RequestRefused, match="no embeddings"):
        AnthropicDialect().embedding_request(("a",), route())
