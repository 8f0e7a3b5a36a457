"""What is sent to Bedrock."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.aws_signature import AwsKey, signature_headers
from eaa.adapters.models.bedrock import BedrockDialect
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
AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
CLAUDE = "anthropic.claude-3-7-sonnet-20250219-v1:0"


DIALECT = BedrockDialect(clock=MemoryClock(AT))


def route(wire_name: str = CLAUDE, **facts: Any) -> Route:
    facts = {"base_url": "https://bedrock-runtime.eu-west-1.amazonaws.com", "key": "AKID:secret", **facts}
    return make_route(Dialect.BEDROCK, wire_name=wire_name, **facts)


def body_of(request: CompletionRequest, to: Route | None = None) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(DIALECT.completion_request(request, to or route(), is_stream=False).body)
    return body


def test_a_request_is_signed_for_its_region_with_its_path_quoted() -> None:
    sent = DIALECT.completion_request(make_ask(), route(key="AKID:secret:token"), is_stream=True)

    base = "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert sent.url == f"{base}/model/anthropic.claude-3-7-sonnet-20250219-v1%3A0/converse-stream"
    assert sent.headers["X-Amz-Date"] == "20261125T100000Z"
    assert sent.headers["X-Amz-Security-Token"] == "token"
    expected = signature_headers(
        "POST",
        sent.url,
        {"Content-Type": "application/json"},
        sent.body,
        key=AwsKey("AKID", "secret", "token"),
        region="eu-west-1",
        service="bedrock",
        at=AT,
    )
    assert sent.headers["Authorization"] == expected["Authorization"]
    assert "secret" not in repr(sent) + str(dict(sent.headers))


def test_an_api_key_is_shown_as_it_is_and_none_not_at_all() -> None:
    bearer = DIALECT.completion_request(make_ask(), route(key="ABSKkey"), is_stream=False)
    without = DIALECT.completion_request(make_ask(), route(key=None), is_stream=False)

    assert bearer.headers["Authorization"] == "Bearer ABSKkey"
    assert "Authorization" not in without.headers


def test_the_region_is_named_or_read_from_the_address() -> None:
    elsewhere = {"base_url": "http://127.0.0.1:9"}

    named = DIALECT.completion_request(
        make_ask(), route(**elsewhere, options=(("region", "us-east-2"),)), is_stream=False
    )

    assert "/us-east-2/bedrock/aws4_request" in named.headers["Authorization"]
    with pytest.raises(RequestRefused, match="has no region"):
        DIALECT.completion_request(make_ask(), route(**elsewhere), is_stream=False)


def test_a_conversation_with_pictures_tools_thoughts_and_marks() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.SYSTEM, (Text("Be terse.", ends_prefix=True),)),
            Message(Speaker.USER, (Image("image/jpeg", b"\x89PNG"), Text("Add.", ends_prefix=True))),
            Message(
                Speaker.ASSISTANT,
                (
                    Reasoning("hm", dialect=Dialect.BEDROCK, opaque="c2ln"),
                    Reasoning("", dialect=Dialect.BEDROCK, opaque='{"redactedContent":"eHl6"}'),
                    Reasoning("foreign", dialect=Dialect.ANTHROPIC, opaque="x"),
                    ToolCall("call_1", "add", '{"a":1}'),
                ),
            ),
            Message(Speaker.USER, (Text("So:"), ToolResult("call_1", "add", "", is_error=True))),
            Message(Speaker.USER, (ToolResult("call_2", "add", "2"),)),
        ),
        tools=(ADD,),
    )

    body = body_of(request)

    mark = {"cachePoint": {"type": "default"}}
    assert body["system"] == [{"text": "Be terse."}, mark]
    user, assistant, results = body["messages"]
    assert user["content"] == [
        {"image": {"format": "jpeg", "source": {"bytes": "iVBORw=="}}},
        {"text": "Add."},
        mark,
    ]
    assert assistant["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "eHl6"}},
        {"toolUse": {"toolUseId": "call_1", "name": "add", "input": {"a": 1}}},
    ]
    assert results["content"] == [
        {"toolResult": {"toolUseId": "call_1", "content": [{"text": "(nothing)"}], "status": "error"}},
        {"toolResult": {"toolUseId": "call_2", "content": [{"text": "2"}]}},
        {"text": "So:"},
        mark,
    ]


def test_of_many_marks_the_last_four_are_kept_and_none_for_a_model_without() -> None:
    words = tuple(Text(word, ends_prefix=True) for word in "abcdef")
    request = CompletionRequest(messages=(Message(Speaker.SYSTEM, words[:3]), Message(Speaker.USER, words[3:])))

    marked = body_of(request)
    plain = body_of(request, route(capabilities=frozenset()))

    assert [("cachePoint" in block) for block in marked["system"]] == [False, False, False, True]
    assert sum("cachePoint" in block for block in marked["messages"][0]["content"]) == 3
    assert "cachePoint" not in str(plain)


@pytest.mark.parametrize(
    ("facts", "choice"),
    [
        ({}, None),
        ({"tool_choice": ToolChoice.REQUIRED}, {"any": {}}),
        ({"tool_choice": ToolChoice.REQUIRED, "tool_name": "add"}, {"tool": {"name": "add"}}),
    ],
)
def test_tool_choices(facts: dict[str, Any], choice: object) -> None:
    config = body_of(make_ask(tools=(ADD,), **facts))["toolConfig"]

    assert config.get("toolChoice") == choice
    assert config["tools"] == [
        {"toolSpec": {"name": "add", "description": "Adds.", "inputSchema": {"json": {"type": "object"}}}}
    ]


def test_tools_are_left_out_when_forbidden_and_declared_when_they_were_called() -> None:
    called = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("Add."),)),
            Message(Speaker.ASSISTANT, (ToolCall("1", "old", "{}"),)),
            Message(Speaker.USER, (ToolResult("1", "old", "2"),)),
        )
    )

    assert "toolConfig" not in body_of(make_ask(tools=(ADD,), tool_choice=ToolChoice.NONE))
    assert [tool["toolSpec"]["name"] for tool in body_of(called)["toolConfig"]["tools"]] == ["old"]


def test_values_of_inference_and_an_answers_schema() -> None:
    request = make_ask(
        answer_schema_json='{"type":"object"}', max_output_tokens=100, temperature=1.5, top_p=0.9, stop=("END",)
    )

    body = body_of(request)

    assert body["inferenceConfig"] == {"maxTokens": 100, "stopSequences": ["END"], "temperature": 1.0}
    assert body["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"name": "answer", "schema": '{"type":"object"}'}},
        }
    }
    assert body_of(make_ask(top_p=0.5), route("amazon.nova-pro-v1:0"))["inferenceConfig"]["topP"] == 0.5


def test_claude_thinks_in_its_own_fields_and_others_not() -> None:
    asked = make_ask(effort=Effort.LOW, temperature=0.5)

    older = body_of(asked)
    newer = body_of(asked, route("eu.anthropic.claude-opus-4-7-v1:0"))
    other = body_of(asked, route("amazon.nova-pro-v1:0"))
    forced = body_of(make_ask(effort=Effort.LOW, tools=(ADD,), tool_choice=ToolChoice.REQUIRED))

    assert older["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 2048}}
    assert "temperature" not in older["inferenceConfig"]
    assert newer["additionalModelRequestFields"] == {
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low"},
    }
    assert "additionalModelRequestFields" not in {**other, **forced}
    assert other["inferenceConfig"]["temperature"] == 0.5


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(RequestRefused, match="image/tiff"):
        body_of(CompletionRequest(messages=(Message(Speaker.USER, (Image("image/tiff", b""),)),)))
    with pytest.raises(RequestRefused, match="no embeddings"):
        DIALECT.embedding_request(("a",), route())
