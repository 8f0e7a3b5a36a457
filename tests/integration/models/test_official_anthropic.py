"""The official `anthropic` package against the loopback server, and our dialect asking what it asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import pytest
from anthropic import AsyncAnthropic

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.http_models import open_models
from eaa.domain.completion import (
    CompletionRequest,
    Effort,
    Finished,
    Image,
    Message,
    Reasoning,
    ReasoningDelta,
    Speaker,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model import Dialect
from tests.loopback.model_wire import Call, Scripted
from tests.loopback.models import KEY, LoopbackModels, serving_models
from tests.model_makers import ask, assistant, make_route, system, user

HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOL: Any = {
    "name": "read_file",
    "description": "Reads a file.",
    "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
}


@asynccontextmanager
async def opened(key: str = KEY) -> AsyncIterator[tuple[LoopbackModels, AsyncAnthropic]]:
    async with (
        serving_models() as server,
        AsyncAnthropic(api_key=key, base_url=server.address + "/anthropic", max_retries=0, timeout=20.0) as client,
    ):
        yield server, client


async def test_it_chats() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="Zürich", cached_tokens=100))
        answer = await client.messages.create(model="loop-1", max_tokens=100, messages=HELLO)

    assert answer.content[0].type == "text"
    assert answer.content[0].text == "Zürich"
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens, answer.usage.output_tokens) == (12, 100, 7)
    assert answer._request_id == "req_loopback"


async def test_it_streams_thoughts_words_and_calls() -> None:
    scripted = Scripted(
        text="Grüße aus Zürich 😀", thoughts="Let me see.", calls=(Call("read_file", '{"path": "a.py"}'),)
    )
    async with opened() as (server, client):
        server.will_answer(scripted)
        async with client.messages.stream(model="loop-1", max_tokens=100, messages=HELLO, tools=[TOOL]) as stream:
            words = [text async for text in stream.text_stream]
            answer = await stream.get_final_message()

    assert "".join(words) == scripted.text
    thinking, text, call = answer.content
    assert thinking.type == "thinking"
    assert (thinking.thinking, thinking.signature) == ("Let me see.", "c2lnbmF0dXJl")
    assert text.type == "text"
    assert call.type == "tool_use"
    assert (call.name, call.input) == ("read_file", {"path": "a.py"})
    assert (answer.stop_reason, answer.usage.output_tokens) == ("tool_use", 7)


async def test_it_answers_a_tool_call() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="", calls=(Call("read_file", '{"path": "a.py"}'),)), Scripted(text="Done."))
        first = await client.messages.create(model="loop-1", max_tokens=100, messages=HELLO, tools=[TOOL])
        result: Any = {"type": "tool_result", "tool_use_id": "call_1", "content": "x = 1"}
        messages: Any = [
            *HELLO,
            {"role": "assistant", "content": [block.to_dict() for block in first.content]},
            {"role": "user", "content": [result]},
        ]
        second = await client.messages.create(model="loop-1", max_tokens=100, messages=messages, tools=[TOOL])

    assert second.content[0].type == "text"
    assert second.content[0].text == "Done."


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("400", anthropic.BadRequestError),
        ("401", anthropic.AuthenticationError),
        ("403", anthropic.PermissionDeniedError),
        ("404 model", anthropic.NotFoundError),
        ("429", anthropic.RateLimitError),
        ("500", anthropic.InternalServerError),
        ("529", anthropic.InternalServerError),
    ],
)
async def test_it_knows_the_errors(fault: str, error: type[anthropic.APIStatusError]) -> None:
    async with opened() as (server, client):
        server.will_fail(fault)
        with pytest.raises(error):
            await client.messages.create(model="loop-1", max_tokens=100, messages=HELLO)


async def test_a_wrong_key_is_refused_to_both() -> None:
    async with opened(key="sk-wrong") as (_, client):
        with pytest.raises(anthropic.AuthenticationError):
            await client.messages.create(model="loop-1", max_tokens=100, messages=HELLO)


async def test_what_we_send_is_what_the_official_client_sends() -> None:
    request = CompletionRequest(
        messages=(
            system("Be terse."),
            Message(Speaker.USER, (Text("Look.", ends_prefix=True), Image("image/png", b"\x89PNG"))),
            assistant(ToolCall("call_1", "read_file", '{"path":"a.py"}')),
            user(ToolResult("call_1", "read_file", "x = 1")),
        ),
        tools=(ToolSpec("read_file", "Reads a file.", '{"type":"object"}'),),
        has_parallel_tools=False,
        max_output_tokens=100,
        stop=("END",),
    )
    mark: Any = {"type": "ephemeral"}
    source: Any = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    messages: Any = [
        {"role": "user", "content": [{"type": "text", "text": "Look.", "cache_control": mark},
                                     {"type": "image", "source": source}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "call_1", "name": "read_file",
                                           "input": {"path": "a.py"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "x = 1",
                                      "cache_control": {"type": "ephemeral"}}]},
    ]  # fmt: skip

    async with opened() as (server, client), open_models(clock=MemoryClock()) as models:
        await models.complete(request, make_route(base_url=server.address + "/anthropic/v1", dialect=Dialect.ANTHROPIC))
        await client.messages.create(
            model="loop-1",
            max_tokens=100,
            system=[{"type": "text", "text": "Be terse."}],
            messages=messages,
            tools=[{"name": "read_file", "description": "Reads a file.", "input_schema": {"type": "object"}}],
            tool_choice={"type": "auto", "disable_parallel_tool_use": True},
            stop_sequences=["END"],
        )

    ours, theirs = server.requests
    assert ours.content() == theirs.content()
    assert (ours.method, ours.path) == (theirs.method, theirs.path)


async def test_thoughts_go_back_untouched() -> None:
    scripted = Scripted(text="", thoughts="Let me see.", calls=(Call("read_file", "{}"),))
    asked = CompletionRequest(
        messages=(user("Look."),), tools=(ToolSpec("read_file", "", '{"type":"object"}'),), effort=Effort.LOW
    )
    async with serving_models() as server, open_models(clock=MemoryClock()) as models:
        route = make_route(base_url=server.address + "/anthropic/v1", dialect=Dialect.ANTHROPIC)
        server.will_answer(scripted, Scripted(text="Done."), scripted)
        first = await models.complete(asked, route)
        result = user(ToolResult("call_1", "read_file", "x"))
        again = CompletionRequest(
            messages=(*asked.messages, assistant(*first.parts), result), tools=asked.tools, effort=Effort.LOW
        )
        second = await models.complete(again, route)
        events = [event async for event in models.stream(ask(), route)]

    assert first.parts[0] == Reasoning("Let me see.", dialect="anthropic", opaque="c2lnbmF0dXJl")
    assert second.text == "Done."
    assert server.requests[1].content()["messages"][1]["content"][0] == {
        "type": "thinking",
        "thinking": "Let me see.",
        "signature": "c2lnbmF0dXJl",
    }
    assert server.requests[1].content()["thinking"]["type"] == "enabled"
    assert ReasoningDelta("", "anthropic", "c2lnbmF0dXJl") in events
    assert isinstance(events[-1], Finished)
