"""Streams through the service: hang-ups reach the model's server, and a broken answer never ends like a whole one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import openai
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from openai import AsyncOpenAI

from eaa.services.orchestrator.sending import Sending
from eaa.services.orchestrator.streams import KEEP_ALIVE
from tests.loopback.model_wire import Scripted
from tests.support.orchestrator_world import OWNER, ServiceWorld, make_loop_model, serving_orchestrator

HELLO: dict[str, Any] = {"model": "loop", "messages": [{"role": "user", "content": "Hello"}]}
STREAM = HELLO | {"stream": True}
TWO = [make_loop_model("loop"), make_loop_model("spare", wire_name="loop-2")]


@asynccontextmanager
async def posted(world: ServiceWorld, body: dict[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {"Authorization": f"Bearer {OWNER}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{world.address}/v1/chat/completions", json=body) as response,
    ):
        yield response


async def lines_of(world: ServiceWorld, body: dict[str, Any]) -> list[str]:
    async with posted(world, body) as response:
        text = await response.text()
    return [line.removeprefix("data: ") for line in text.split("\n\n") if line]


def words_of(lines: list[str]) -> str:
    chunks = [json.loads(line) for line in lines if line != "[DONE]"]
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk.get("choices"))


async def test_who_hangs_up_before_the_answer_ends_the_call_upstream() -> None:
    async with serving_orchestrator() as world:
        world.upstream.will_fail("slow headers")
        asking = asyncio.create_task(lines_of(world, HELLO))
        await world.upstream.asked.wait()

        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await world.upstream.hang_up.wait()

        assert world.upstream.journal.hang_ups == 1
        assert await world.desk.budgets.owners() == frozenset()


async def test_who_hangs_up_in_the_middle_of_a_stream_ends_the_call_upstream() -> None:
    async with serving_orchestrator() as world:
        world.upstream.will_fail("stall mid-stream")
        async with posted(world, STREAM) as response:
            first = await response.content.readany()

        await world.upstream.hang_up.wait()

    assert first.startswith(b"data: ")
    assert world.door.meters.requests.total("chat", "499") == 1
    assert world.door.meters.calls.total("loop", "-", "cancelled") == 1


async def test_a_stream_that_is_cut_goes_on_with_another_model() -> None:
    async with serving_orchestrator(models=TWO, patience_s=60.0) as world:
        world.upstream.will_fail("cut mid-stream")
        world.upstream.will_answer(
            Scripted(text="The first model says a few words"),
            Scripted(text="and then some more words.", model="loop-2"),
        )
        lines = await lines_of(world, STREAM)

    assert lines[-1] == "[DONE]"
    assert words_of(lines).startswith("The first")
    assert words_of(lines).endswith("and then some more words.")
    last = json.loads(lines[-2])
    assert [attempt["outcome"] for attempt in last["eaa"]["attempts"]] == ["model.stream_cut", "answered"]
    assert last["eaa"]["model"] == "spare"


async def test_a_caller_that_can_take_words_back_is_told_to() -> None:
    async with serving_orchestrator(models=TWO, patience_s=60.0) as world:
        world.upstream.will_fail("cut mid-stream")
        world.upstream.will_answer(Scripted(), Scripted(model="loop-2"))
        lines = await lines_of(world, STREAM | {"eaa": {"takeover": "restart"}})

    chunks = [json.loads(line) for line in lines if line != "[DONE]"]
    begun = [chunk for chunk in chunks if "wire_model" in chunk.get("eaa", {})]
    assert [(chunk["model"], chunk["eaa"]["wire_model"]) for chunk in begun] == [
        ("loop", "loop-1"),
        ("spare", "loop-2"),
    ]
    assert [chunk["eaa"].get("has_started") for chunk in begun] == [None, True]
    # A second role would be joined to the first by OpenAI's clients.
    assert [chunk["choices"][0]["delta"].get("role") for chunk in begun] == ["assistant", None]
    assert {chunk["model"] for chunk in chunks[chunks.index(begun[1]) :]} == {"spare"}
    restarted = [json.loads(line) for line in lines if "restarted" in line]
    assert [chunk["eaa"]["restarted"] for chunk in restarted] == ["model.stream_cut"]
    assert words_of(lines).endswith(Scripted().text)


async def test_a_stream_that_fails_after_its_first_word_ends_with_an_error_and_no_end_mark() -> None:
    async with serving_orchestrator() as world:
        world.upstream.will_fail("cut mid-stream")
        lines = await lines_of(world, STREAM | {"eaa": {"takeover": "fail"}})

    assert words_of(lines[:-1])
    error = json.loads(lines[-1])["error"]
    assert (error["code"], error["eaa"]["code"]) == ("model.stream_cut", "model.stream_cut")
    assert "[DONE]" not in lines
    assert world.door.meters.failures.total("model.stream_cut") == 1


async def test_the_official_client_raises_when_a_stream_breaks() -> None:
    async with (
        serving_orchestrator() as world,
        AsyncOpenAI(api_key=OWNER, base_url=world.address + "/v1", max_retries=0, timeout=20.0) as client,
    ):
        world.upstream.will_fail("cut mid-stream")
        stream = await client.chat.completions.create(**STREAM, extra_body={"eaa": {"takeover": "fail"}})
        with pytest.raises(openai.APIError) as raised:
            async for _ in stream:
                pass

    assert raised.value.code == "model.stream_cut"


async def test_the_official_client_takes_a_restarted_stream_for_one_message() -> None:
    async with (
        serving_orchestrator(models=TWO, patience_s=60.0) as world,
        AsyncOpenAI(api_key=OWNER, base_url=world.address + "/v1", max_retries=0, timeout=20.0) as client,
    ):
        world.upstream.will_fail("cut mid-stream")
        restarting = client.chat.completions.stream(**HELLO, extra_body={"eaa": {"takeover": "restart"}})
        async with restarting as stream:
            final = await stream.get_final_completion()

    assert final.choices[0].message.role == "assistant"
    assert final.choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("429 with seconds", 429, "rate_limit_exceeded"), ("empty answer", 502, "model.answer_empty")],
)
async def test_a_stream_that_fails_before_its_first_word_has_a_status_of_its_own(
    fault: str, status: int, code: str
) -> None:
    async with serving_orchestrator() as world:
        world.upstream.will_fail(fault)
        async with posted(world, STREAM) as response:
            said = await response.json()

    assert (response.status, said["error"]["code"]) == (status, code)
    assert world.door.meters.requests.total("chat", str(status)) == 1


async def test_an_answer_from_the_cache_is_streamed_and_says_so() -> None:
    async with serving_orchestrator() as world:
        first = await lines_of(world, STREAM | {"temperature": 0})
        again = await lines_of(world, STREAM | {"temperature": 0})

    assert len(world.upstream.requests) == 1
    assert words_of(again) == words_of(first) == Scripted().text
    assert json.loads(again[-2])["eaa"]["is_from_cache"] is True


async def test_thoughts_come_apart_from_words() -> None:
    async with serving_orchestrator() as world:
        world.upstream.will_answer(Scripted(text="Seven.", thoughts="Three and four."))
        lines = await lines_of(world, STREAM)

    thoughts = [json.loads(line) for line in lines if "reasoning_content" in line]
    assert [chunk["choices"][0]["delta"]["reasoning_content"] for chunk in thoughts] == ["Three and four."]
    assert words_of(lines) == "Seven."


async def test_answers_on_their_way_are_finished_when_the_service_stops() -> None:
    serving = serving_orchestrator(grace_s=20.0)
    world = await serving.__aenter__()
    world.upstream.will_fail("one byte a packet")
    asking = asyncio.create_task(lines_of(world, STREAM))
    await world.upstream.asked.wait()

    await serving.__aexit__(None, None, None)
    lines = await asking

    assert words_of(lines) == Scripted().text
    assert lines[-1] == "[DONE]"


async def test_what_is_not_finished_in_time_is_ended_and_booked() -> None:
    serving = serving_orchestrator(grace_s=0.05)
    world = await serving.__aenter__()
    world.upstream.will_fail("stall mid-stream")
    async with posted(world, STREAM) as response:
        await response.content.readany()

        await serving.__aexit__(None, None, None)

    assert world.door.meters.calls.total("loop", "-", "cancelled") == 1
    assert world.door.working == set()


async def test_a_long_silence_is_broken_by_comments_until_the_first_word() -> None:
    heard = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        sending = Sending(request, {"x-request-id": "req_1"})
        async with sending.kept_alive(quiet_s=0.001):
            await heard.wait()
            await sending.send(b"data: word\n\n")
        return sending.response

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session, session.get(server.make_url("/")) as got:
        first = await got.content.readuntil(b"\n\n")
        heard.set()
        rest = await got.content.read()

    assert first == KEEP_ALIVE
    assert rest.replace(KEEP_ALIVE, b"") == b"data: word\n\n"
    assert got.headers["x-request-id"] == "req_1"
