"""The official `openai` package against the loopback server: the server is as faithful as its own client finds it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI
from pydantic import BaseModel

from tests.loopback.model_wire import Call, Scripted
from tests.loopback.models import KEY, LoopbackModels, serving_models

HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "read_file",
        "description": "Reads a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}


class Verdict(BaseModel):
    """An answer with a shape."""

    is_bug: bool
    why: str


@asynccontextmanager
async def opened(key: str = KEY) -> AsyncIterator[tuple[LoopbackModels, AsyncOpenAI]]:
    async with (
        serving_models() as server,
        AsyncOpenAI(api_key=key, base_url=server.address + "/v1", max_retries=0, timeout=20.0) as client,
    ):
        yield server, client


async def test_it_chats() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="Zürich", cached_tokens=100, reasoning_tokens=3))
        answer = await client.chat.completions.create(model="loop-1", messages=HELLO, temperature=0.2, seed=7)

    assert answer.choices[0].message.content == "Zürich"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (112, 7)
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 100


async def test_it_streams_with_usage() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="Grüße aus Zürich 😀"))
        stream = await client.chat.completions.create(
            model="loop-1", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]

    words = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(words) == "Grüße aus Zürich 😀"
    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage is not None] == [7]
    assert chunks[-2].choices[0].finish_reason == "stop"


async def test_it_calls_tools_and_answers_them() -> None:
    async with opened() as (server, client):
        calls = (Call("read_file", '{"path": "a"}', id="call_1"), Call("read_file", '{"path": "b"}', id="call_2"))
        server.will_answer(Scripted(text="", calls=calls))
        answer = await client.chat.completions.create(model="loop-1", messages=HELLO, tools=[TOOL])
        said = answer.choices[0].message
        assert said.tool_calls is not None
        results: Any = [{"role": "tool", "tool_call_id": call.id, "content": "text"} for call in said.tool_calls]
        conversation: Any = [*HELLO, said.model_dump(include={"role", "content", "tool_calls"}), *results]
        second = await client.chat.completions.create(model="loop-1", messages=conversation, tools=[TOOL])

    assert answer.choices[0].finish_reason == "tool_calls"
    assert [call.id for call in said.tool_calls] == ["call_1", "call_2"]
    assert second.choices[0].message.content == Scripted().text


async def test_it_streams_tool_calls_through_its_own_accumulator() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="", calls=(Call("read_file", '{"path": "a"}'),)))
        async with client.chat.completions.stream(model="loop-1", messages=HELLO, tools=[TOOL]) as stream:
            final = await stream.get_final_completion()

    calls = final.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].function.arguments == '{"path": "a"}'


async def test_it_parses_answers_with_a_schema() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text='{"is_bug": true, "why": "off by one"}'))
        answer = await client.chat.completions.parse(model="loop-1", messages=HELLO, response_format=Verdict)

    assert answer.choices[0].message.parsed == Verdict(is_bug=True, why="off by one")
    assert server.requests[0].content()["response_format"]["json_schema"]["strict"] is True


async def test_it_sees_a_refusal() -> None:
    async with opened() as (server, client):
        server.will_answer(Scripted(text="I will not.", stop="refusal"))
        answer = await client.chat.completions.create(model="loop-1", messages=HELLO)

    assert answer.choices[0].message.refusal == "I will not."


async def test_it_embeds_in_its_packed_form_and_lists_models() -> None:
    async with opened() as (_, client):
        embeddings = await client.embeddings.create(model="loop-1", input=["four", "seventy"])
        models = [model.id async for model in client.models.list()]

    by_index = sorted(embeddings.data, key=lambda entry: entry.index)
    assert [entry.embedding for entry in by_index] == [[4.0, 0.5, -0.25], [7.0, 0.5, -0.25]]
    assert models == ["loop-1"]


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("500", openai.InternalServerError, None),
        ("503", openai.InternalServerError, None),
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("402", openai.RateLimitError, "insufficient_quota"),
        ("403", openai.PermissionDeniedError, None),
        ("404 model", openai.NotFoundError, "model_not_found"),
        ("400 context length", openai.BadRequestError, "context_length_exceeded"),
        ("400 content filter", openai.BadRequestError, "content_filter"),
    ],
)
async def test_it_meets_its_own_errors(name: str, error: type[openai.APIStatusError], code: str | None) -> None:
    async with opened() as (server, client):
        server.will_fail(name)
        with pytest.raises(error) as raised:
            await client.chat.completions.create(model="loop-1", messages=HELLO)

    assert raised.value.code == code
    assert raised.value.request_id == "req_loopback"


async def test_a_wrong_key_an_unknown_model_and_a_wrong_body_are_refused() -> None:
    async with opened(key="sk-other") as (_, client):
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="loop-1", messages=HELLO)
    async with opened() as (_, client):
        with pytest.raises(openai.NotFoundError):
            await client.chat.completions.create(model="nobody", messages=HELLO)
        with pytest.raises(openai.BadRequestError, match="Unrecognized request argument"):
            await client.chat.completions.create(model="loop-1", messages=HELLO, extra_body={"cheese": 1})
        with pytest.raises(openai.BadRequestError, match="preceding message"):
            await client.chat.completions.create(
                model="loop-1", messages=[{"role": "tool", "tool_call_id": "call_9", "content": "x"}]
            )


async def test_its_azure_client_is_served_under_a_deployment() -> None:
    async with (
        serving_models() as server,
        AsyncAzureOpenAI(
            api_key=KEY, azure_endpoint=server.address, api_version="2024-10-21", max_retries=0, timeout=20.0
        ) as client,
    ):
        answer = await client.chat.completions.create(model="loop-1", messages=HELLO)

    assert answer.choices[0].message.content == Scripted().text
    assert server.requests[0].path == "/openai/deployments/loop-1/chat/completions"
