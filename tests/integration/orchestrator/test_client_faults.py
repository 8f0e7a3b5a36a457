"""What a process sees when the orchestrator elsewhere is not there, is not ours, or dies in the middle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from eaa.adapters.orchestrator.http_orchestrator import HttpOrchestrator, open_http_orchestrator
from eaa.domain.caller import NotIdentified
from eaa.domain.completion import TextDelta
from eaa.domain.errors import EaaError
from eaa.domain.model_errors import AnswerMalformed, ModelOverloaded, ModelUnreachable, StreamCut
from eaa.domain.secret import Secret
from tests.support.llm_world import make_ask
from tests.support.orchestrator_world import OWNER, serving_orchestrator

WORD = b'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n'
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def answering(response: bytes) -> AsyncIterator[str]:
    """Serve the same bytes to everybody and hang up; yield the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def client_of(address: str, token: str = OWNER) -> AsyncIterator[HttpOrchestrator]:
    async with open_http_orchestrator(address, token=Secret(token), count_tokens=lambda _: 1) as client:
        yield client


async def completed(client: HttpOrchestrator) -> object:
    return await client.complete(make_ask())


async def streamed(client: HttpOrchestrator) -> object:
    return [event async for event in client.stream(make_ask())]


def whole(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@pytest.mark.parametrize("ask", [completed, streamed])
@pytest.mark.parametrize(
    ("response", "error", "words"),
    [
        (whole("502 Bad Gateway", b"<html>nginx</html>"), ModelOverloaded, "answered 502"),
        (whole("404 Not Found", b"nothing here"), ModelUnreachable, "answered 404"),
        (whole("302 Found", b""), ModelUnreachable, "answered 302"),
        (whole("500 Oops", b'{"error":{"message":"A fault of ours."}}'), EaaError, "A fault of ours"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", AnswerMalformed, "is not HTTP"),
        (b"", StreamCut, "ended before the answer"),
    ],
    ids=["proxy", "other server", "redirect", "fault", "no HTTP", "gone"],
)
async def test_an_address_that_is_no_orchestrator_is_said_to_be_none(
    ask: Callable[[HttpOrchestrator], Awaitable[Any]], response: bytes, error: type[EaaError], words: str
) -> None:
    async with answering(response) as address, client_of(address) as client:
        with pytest.raises(error, match=words) as raised:
            await ask(client)

    assert OWNER not in f"{raised.value} {raised.value.hint} {raised.value.__cause__!r}"


async def test_nobody_listening_says_how_to_start_it() -> None:
    async with answering(b"") as address:
        pass
    async with client_of(address) as client:
        with pytest.raises(ModelUnreachable, match="cannot be reached") as raised:
            await client.complete(make_ask())

    assert "eaa serve orchestrator" in raised.value.hint


async def test_a_token_that_does_not_hold_there_is_an_error_of_its_own() -> None:
    async with serving_orchestrator() as world, client_of(world.address + "/v1", token="other") as client:
        with pytest.raises(NotIdentified) as raised:
            await client.complete(make_ask())

    assert "EAA_ORCHESTRATOR_TOKEN" in raised.value.hint


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        (chunk(WORD), StreamCut),
        (chunk(WORD) + b"0\r\n\r\n", StreamCut),
        (chunk(WORD) + chunk(b"data: {nonsense\n\n") + b"0\r\n\r\n", AnswerMalformed),
        (chunk(WORD) + chunk(b'data: {"error":{"message":"Oops."}}\n\n') + b"0\r\n\r\n", EaaError),
    ],
    ids=["cut", "ended early", "malformed", "error"],
)
async def test_a_stream_without_its_end_is_never_an_answer(rest: bytes, error: type[EaaError]) -> None:
    events = []
    async with answering(STREAM + rest) as address, client_of(address) as client:
        with pytest.raises(error):
            async for event in client.stream(make_ask()):
                events.append(event)

    assert events == [TextDelta("Hel")]


async def test_a_stream_that_is_closed_ends_the_call_upstream() -> None:
    async with serving_orchestrator() as world, client_of(world.address) as client:
        world.upstream.will_fail("stall mid-stream")
        events = client.stream(make_ask())
        await anext(events)

        await events.aclose()
        await world.upstream.hang_up.wait()

    assert world.upstream.journal.hang_ups == 1


async def test_who_stops_waiting_for_a_whole_answer_ends_the_call_upstream() -> None:
    async with serving_orchestrator() as world, client_of(world.address) as client:
        world.upstream.will_fail("slow headers")
        asking = asyncio.create_task(client.complete(make_ask()))
        await world.upstream.asked.wait()

        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await world.upstream.hang_up.wait()

    assert world.upstream.journal.hang_ups == 1
