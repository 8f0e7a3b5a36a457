"""The official `openai` package against the orchestrator's service, which stands before the loopback models."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.loopback.model_wire import Call, Scripted
from tests.support.orchestrator_world import OWNER, ServiceWorld, make_loop_model, serving_orchestrator

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
async def opened(token: str = OWNER, **world: Any) -> AsyncIterator[tuple[ServiceWorld, AsyncOpenAI]]:
    async with (
        serving_orchestrator(**world) as service,
        AsyncOpenAI(api_key=token, base_url=service.address + "/v1", max_retries=0, timeout=20.0) as client,
    ):
        yield service, client


async def test_it_chats_and_is_told_model_cost_and_tries() -> None:
    async with opened() as (world, client):
        world.upstream.will_answer(Scripted(text="Zürich", cached_tokens=100, reasoning_tokens=3))
        answer = await client.chat.completions.create(
            model="loop", messages=HELLO, temperature=0.2, top_p=0.9, seed=7, stop=["END"], max_tokens=50
        )

    assert answer.choices[0].message.content == "Zürich"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "loop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (112, 7)
    extra: Any = answer.model_extra
    assert extra["eaa"]["cost_microusd"] == 112 + 4 * 7
    assert [attempt["outcome"] for attempt in extra["eaa"]["attempts"]] == ["answered"]
    sent = world.upstream.requests[0].content()
    assert (sent["temperature"], sent["top_p"], sent["seed"], sent["stop"]) == (0.2, 0.9, 7, ["END"])
    assert sent["max_completion_tokens"] == 50


async def test_it_streams_with_usage() -> None:
    async with opened() as (world, client):
        world.upstream.will_answer(Scripted(text="Grüße aus Zürich 😀"))
        stream = await client.chat.completions.create(
            model="auto", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]

    words = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(words) == "Grüße aus Zürich 😀"
    assert {chunk.model for chunk in chunks} == {"loop"}
    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage is not None] == [7]
    assert chunks[-2].choices[0].finish_reason == "stop"
    extra: Any = chunks[-2].model_extra
    assert extra["eaa"]["cost_microusd"] == 12 + 4 * 7


async def test_a_stream_without_usage_has_a_choice_in_each_chunk() -> None:
    async with opened() as (_, client):
        stream = await client.chat.completions.create(model="loop", messages=HELLO, stream=True)
        chunks = [chunk async for chunk in stream]

    assert all(len(chunk.choices) == 1 for chunk in chunks)
    assert all(chunk.usage is None for chunk in chunks)


async def test_it_calls_tools_and_answers_them() -> None:
    async with opened() as (world, client):
        calls = (Call("read_file", '{"path": "a"}', id="call_1"), Call("read_file", '{"path": "b"}', id="call_2"))
        world.upstream.will_answer(Scripted(text="", calls=calls))
        answer = await client.chat.completions.create(
            model="loop", messages=HELLO, tools=[TOOL], tool_choice="required", parallel_tool_calls=False
        )
        said = answer.choices[0].message
        assert said.tool_calls is not None
        results: Any = [{"role": "tool", "tool_call_id": call.id, "content": "text"} for call in said.tool_calls]
        conversation: Any = [*HELLO, said.model_dump(exclude_none=True), *results]
        second = await client.chat.completions.create(model="loop", messages=conversation, tools=[TOOL])

    assert answer.choices[0].finish_reason == "tool_calls"
    assert [call.id for call in said.tool_calls] == ["call_1", "call_2"]
    assert second.choices[0].message.content == Scripted().text
    first, again = (request.content() for request in world.upstream.requests)
    assert (first["tool_choice"], first["parallel_tool_calls"]) == ("required", False)
    assert [message["role"] for message in again["messages"]] == ["user", "assistant", "tool", "tool"]


async def test_it_streams_tool_calls_through_its_own_accumulator() -> None:
    async with opened() as (world, client):
        calls = (Call("read_file", '{"path": "a"}', id="call_1"), Call("read_file", '{"path": "b"}', id="call_2"))
        world.upstream.will_answer(Scripted(text="", calls=calls))
        async with client.chat.completions.stream(model="loop", messages=HELLO, tools=[TOOL]) as stream:
            final = await stream.get_final_completion()

    said = final.choices[0].message.tool_calls
    assert said is not None
    assert [call.function.arguments for call in said] == ['{"path": "a"}', '{"path": "b"}']


async def test_it_parses_answers_with_a_schema() -> None:
    async with opened() as (world, client):
        world.upstream.will_answer(Scripted(text='{"is_bug": true, "why": "off by one"}'))
        answer = await client.chat.completions.parse(model="loop", messages=HELLO, response_format=Verdict)

    assert answer.choices[0].message.parsed == Verdict(is_bug=True, why="off by one")
    sent = world.upstream.requests[0].content()["response_format"]["json_schema"]
    assert sent["schema"]["required"] == ["is_bug", "why"]


async def test_it_shows_a_picture() -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="
    content: Any = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": picture, "detail": "low"}},
    ]
    async with opened() as (world, client):
        await client.chat.completions.create(model="loop", messages=[{"role": "user", "content": content}])

    sent = world.upstream.requests[0].content()["messages"][0]["content"]
    assert sent[1]["image_url"]["url"] == picture


async def test_it_sees_a_refusal() -> None:
    async with opened() as (world, client):
        world.upstream.will_answer(Scripted(text="I will not.", stop="refusal"))
        answer = await client.chat.completions.create(model="loop", messages=HELLO)

    assert answer.choices[0].message.refusal == "I will not."


async def test_it_embeds_in_its_packed_form_and_lists_models() -> None:
    models = [make_loop_model("loop"), make_loop_model("spare", wire_name="loop-2")]
    async with opened(models=models) as (_, client):
        embeddings = await client.embeddings.create(model="loop", input=["four", "seventy"])
        plain = await client.embeddings.create(model="auto", input="four", encoding_format="float")
        listed = [model.id async for model in client.models.list()]
        one = await client.models.retrieve("spare")

    assert [entry.embedding for entry in embeddings.data] == [[4.0, 0.5, -0.25], [7.0, 0.5, -0.25]]
    assert plain.data[0].embedding == [4.0, 0.5, -0.25]
    assert embeddings.usage.prompt_tokens == 8
    assert listed == ["loop", "spare"]
    assert one.owned_by == "spare-house"


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("500", openai.InternalServerError, "model.overloaded"),
        ("503", openai.InternalServerError, "model.overloaded"),
        ("429", openai.RateLimitError, "rate_limit_exceeded"),
        ("401", openai.InternalServerError, "model.key_refused"),
        ("402", openai.InternalServerError, "model.out_of_credit"),
        ("404 model", openai.InternalServerError, "model.unknown"),
        ("400", openai.BadRequestError, "model.request_refused"),
        ("400 context length", openai.BadRequestError, "context_length_exceeded"),
        ("400 content filter", openai.BadRequestError, "content_filter"),
        ("malformed JSON", openai.InternalServerError, "model.answer_malformed"),
    ],
)
async def test_it_meets_what_providers_do_as_its_own_errors(
    name: str, error: type[openai.APIStatusError], code: str
) -> None:
    async with opened() as (world, client):
        world.upstream.will_fail(*[name] * 3)
        with pytest.raises(error) as raised:
            await client.chat.completions.create(model="loop", messages=HELLO)

    assert raised.value.code == code
    assert raised.value.request_id is not None
