"""What goes out in the chat-completions format."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.openai_chat import OpenAiChat
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
from eaa.domain.model import Capability
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route
from tests.loopback.openai_rules import chat_complaint
from tests.model_makers import ask, assistant, make_model, make_route, system, user

CLOSED = '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}'
OPEN = '{"type":"object","properties":{"a":{"type":"string"}}}'
TOOL = ToolSpec("read_file", "Reads a file.", OPEN)


def sent(request: CompletionRequest, *, route: Route | None = None, is_stream: bool = False) -> dict[str, Any]:
    wire = OpenAiChat().completion_request(request, route or make_route(), is_stream=is_stream)
    body: dict[str, Any] = orjson.loads(wire.body)
    return body


def test_a_plain_question_is_two_fields() -> None:
    assert sent(ask("Hello")) == {"model": "loop-1", "messages": [{"role": "user", "content": "Hello"}]}


def test_everything_at_once_keeps_the_official_rules() -> None:
    request = CompletionRequest(
        messages=(
            system("You fix shops."),
            user("Look: ", Image("image/png", b"\x89PNG")),
            assistant("I call.", ToolCall("call_1", "read_file", '{"a": "b"}'), ToolCall("call_2", "read_file", "{}")),
            user("Thanks.", ToolResult("call_1", "read_file", "text"), ToolResult("call_2", "read_file", "gone", True)),
        ),
        tools=(TOOL,),
        tool_choice=ToolChoice.REQUIRED,
        tool_name="read_file",
        has_parallel_tools=False,
        answer_schema_json=CLOSED,
        max_output_tokens=300,
        temperature=0.5,
        top_p=0.9,
        seed=7,
        stop=("END",),
        effort=Effort.HIGH,
    )

    body = sent(request, is_stream=True)

    assert chat_complaint(body) == ""
    assert body == {
        "model": "loop-1",
        "messages": [
            {"role": "system", "content": "You fix shops."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look: "},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                ],
            },
            {
                "role": "assistant",
                "content": "I call.",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "read_file", "arguments": '{"a": "b"}'},
                    },
                    {"id": "call_2", "type": "function", "function": {"name": "read_file", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "text"},
            {"role": "tool", "tool_call_id": "call_2", "content": "Error: gone"},
            {"role": "user", "content": "Thanks."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read_file",
                    "description": "Reads a file.",
                    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
                },
            }
        ],
        "parallel_tool_calls": False,
        "tool_choice": {"type": "function", "function": {"name": "read_file"}},
        "max_completion_tokens": 300,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": orjson.loads(CLOSED)},
        },
        "reasoning_effort": "high",
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_schema_that_strict_mode_would_refuse_is_sent_without_it() -> None:
    described = sent(CompletionRequest(messages=(user("Hello"),), answer_schema_json=OPEN))["response_format"]

    assert described["json_schema"]["strict"] is False


def test_an_open_object_deep_inside_is_found() -> None:
    nested = CLOSED.replace('{"type":"string"}', '{"type":"array","items":' + OPEN + "}")
    described = sent(CompletionRequest(messages=(user("Hello"),), answer_schema_json=nested))["response_format"]

    assert described["json_schema"]["strict"] is False


def test_what_a_model_cannot_do_is_left_out() -> None:
    route = make_route(model=make_model(capabilities=frozenset({Capability.CHAT})))
    request = CompletionRequest(messages=(user("Hello"),), answer_schema_json=CLOSED, effort=Effort.LOW)

    assert set(sent(request, route=route)) == {"model", "messages"}


def test_a_picture_for_a_model_without_eyes_is_refused() -> None:
    route = make_route(model=make_model(capabilities=frozenset({Capability.CHAT})))

    with pytest.raises(RequestRefused, match="sees none"):
        sent(ask("Look", Image("image/png", b"x")), route=route)


@pytest.mark.parametrize("schema", ["{", "[]", '{}}],"model":"dear","x":[{"y":{}'])
def test_a_schema_that_is_none_cannot_change_the_request(schema: str) -> None:
    with pytest.raises(RequestRefused, match="JSON Schema"):
        sent(CompletionRequest(messages=(user("Hello"),), tools=(ToolSpec("t", "", schema),)))
    with pytest.raises(RequestRefused, match="JSON Schema"):
        sent(CompletionRequest(messages=(user("Hello"),), answer_schema_json=schema))


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(RequestRefused, match="JSON"):
        sent(ask("\ud800"))


def test_the_answers_limit_is_at_most_what_the_model_can_and_named_as_its_server_wants() -> None:
    route = make_route(model=make_model(max_output_tokens=100), options=(("max_tokens_field", "max_tokens"),))
    request = CompletionRequest(messages=(user("Hello"),), max_output_tokens=5000)

    assert sent(request, route=route)["max_tokens"] == 100


def test_a_server_that_refuses_stream_options_is_not_sent_any() -> None:
    body = sent(ask("Hello"), route=make_route(options=(("stream_usage", "always"),)), is_stream=True)

    assert body["stream"] is True
    assert "stream_options" not in body


def test_cache_marks_are_sent_only_where_they_are_understood() -> None:
    request = ask(Text("Stable. ", ends_prefix=True), "New.")

    marked = sent(request, route=make_route(options=(("cache_marks", "yes"),)))

    assert sent(request)["messages"][0]["content"] == "Stable. New."
    assert marked["messages"][0]["content"] == [
        {"type": "text", "text": "Stable. ", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "New."},
    ]


def test_thoughts_go_back_only_to_their_own_kind_and_only_when_wanted() -> None:
    own, foreign = Reasoning("I think.", "openai"), Reasoning("Secret.", "anthropic")
    request = CompletionRequest(messages=(user("Hello"), Message(Speaker.ASSISTANT, (own, foreign, Text("Hi.")))))

    wanted = sent(request, route=make_route(options=(("reasoning_field", "reasoning_content"),)))

    assert sent(request)["messages"][1] == {"role": "assistant", "content": "Hi."}
    assert wanted["messages"][1] == {"role": "assistant", "content": "Hi.", "reasoning_content": "I think."}


def test_azure_has_its_deployment_in_the_path_and_its_key_in_its_own_header() -> None:
    route = make_route(
        base_url="https://shop.openai.azure.com/openai/",
        options=(("auth", "api-key"), ("model_in_path", "yes")),
        query=(("api-version", "2024-10-21"),),
        model=make_model(wire_name="gpt 4/o"),
    )

    wire = OpenAiChat().completion_request(ask(), route, is_stream=False)

    assert wire.url == (
        "https://shop.openai.azure.com/openai/deployments/gpt%204%2Fo/chat/completions?api-version=2024-10-21"
    )
    assert wire.headers["api-key"] == "sk-loopback"
    assert "Authorization" not in wire.headers
    assert "sk-loopback" not in repr(wire)


@pytest.mark.parametrize(("key", "options"), [(None, ()), ("sk-loopback", (("auth", "none"),))])
def test_a_server_without_keys_is_shown_none(key: str | None, options: tuple[tuple[str, str], ...]) -> None:
    wire = OpenAiChat().completion_request(ask(), make_route(key=key, options=options), is_stream=False)

    assert set(wire.headers) == {"Content-Type"}
