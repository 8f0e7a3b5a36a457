"""Every fault of the wire, over real sockets, for each dialect: a typed error, never half an answer as a whole one."""

import asyncio
from dataclasses import replace

import pytest

from eaa.domain.completion import CompletionEvent, Finished, TextDelta
from eaa.domain.model import Deadlines
from eaa.domain.model_errors import (
    AnswerMalformed,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnreachable,
    StreamCut,
)
from tests.loopback.model_wire import Scripted
from tests.model_makers import SMALL_DEADLINES, ask
from tests.support.model_worlds import WIRES, HttpWorld, http_world

WHOLE_FAULTS: dict[str, type[ModelFault]] = {
    "redirect": ModelUnreachable,
    "cut in headers": StreamCut,
    "cut mid-stream": StreamCut,
    "ended between events": StreamCut,
    "malformed JSON": AnswerMalformed,
    "wrong content type": AnswerMalformed,
    "huge answer": AnswerMalformed,
    "error inside a 200": ModelOverloaded,
    "broken gzip": AnswerMalformed,
}
STREAM_FAULTS: dict[str, type[ModelFault]] = {
    "redirect": ModelUnreachable,
    "cut in headers": StreamCut,
    "cut mid-stream": StreamCut,
    "cut between events": StreamCut,
    "ended between events": StreamCut,
    "malformed event": AnswerMalformed,
    "wrong content type": AnswerMalformed,
    "huge answer": AnswerMalformed,
    "error inside a 200": ModelOverloaded,
}
TIMEOUTS = {
    "slow headers": "first byte",
    "slow first token": "first byte",
    "stall mid-stream": "next piece",
    "keep-alives for ever": "next piece",
}

pytestmark = pytest.mark.parametrize("wire", WIRES)


async def heard(world: HttpWorld, said: list[CompletionEvent]) -> None:
    async for event in world.models.stream(ask(), world.route):
        said.append(event)


def text_of(said: list[CompletionEvent]) -> str:
    return "".join(event.text for event in said if isinstance(event, TextDelta))


@pytest.mark.parametrize("name", WHOLE_FAULTS)
async def test_a_broken_answer_is_a_typed_error(wire: str, name: str) -> None:
    async with http_world(wire) as world:
        world.will_fail(name)

        with pytest.raises(ModelFault) as raised:
            await world.models.complete(ask(), world.route)

        assert type(raised.value) is WHOLE_FAULTS[name]
        assert raised.value.model == world.route.model.name
        assert (await world.models.complete(ask(), world.route)).text == Scripted().text


@pytest.mark.parametrize("name", STREAM_FAULTS)
async def test_a_broken_stream_is_a_typed_error_after_true_words(wire: str, name: str) -> None:
    async with http_world(wire) as world:
        world.will_fail(name)
        said: list[CompletionEvent] = []

        with pytest.raises(ModelFault) as raised:
            await heard(world, said)

        assert type(raised.value) is STREAM_FAULTS[name]
        assert raised.value.model == world.route.model.name
        assert Scripted().text.startswith(text_of(said))
        assert not any(isinstance(event, Finished) for event in said)


@pytest.mark.parametrize("name", TIMEOUTS)
async def test_a_silent_stream_ends_at_the_deadline_of_its_phase(wire: str, name: str) -> None:
    async with http_world(wire, deadlines=SMALL_DEADLINES) as world:
        world.will_fail(name)
        said: list[CompletionEvent] = []

        with pytest.raises(ModelTimeout) as raised:
            await heard(world, said)

        assert raised.value.phase == TIMEOUTS[name]
        assert raised.value.model == world.route.model.name
        assert Scripted().text.startswith(text_of(said))
        await world.server.hang_up.wait()


@pytest.mark.parametrize("name", ["slow headers", "slow first token", "stall mid-stream"])
async def test_a_silent_answer_ends_at_a_deadline(wire: str, name: str) -> None:
    async with http_world(wire, deadlines=SMALL_DEADLINES) as world:
        world.will_fail(name)

        with pytest.raises(ModelTimeout) as raised:
            await world.models.complete(ask(), world.route)

        assert raised.value.phase == "first byte"
        await world.server.hang_up.wait()


async def test_the_whole_answer_has_a_deadline_too(wire: str) -> None:
    patient = Deadlines(first_byte_s=20.0, idle_s=20.0, total_s=0.3)
    async with http_world(wire, deadlines=patient) as world:
        world.will_fail(
            "stall mid-stream",
        )
        with pytest.raises(ModelTimeout) as raised:
            await world.models.complete(ask(), world.route)
        assert (raised.value.phase, raised.value.limit_s) == ("whole answer", 0.3)

        world.will_fail("keep-alives for ever")
        with pytest.raises(ModelTimeout) as raised:
            await heard(world, [])
        assert (raised.value.phase, raised.value.limit_s) == ("whole answer", 0.3)


@pytest.mark.parametrize("name", ["one byte a packet", "gzip", "no length"])
async def test_an_answer_in_an_odd_form_comes_through_whole(wire: str, name: str) -> None:
    text = "Grüße aus Zürich 😀"
    async with http_world(wire) as world:
        world.will_fail(name)
        world.will_answer(Scripted(text=text))

        assert (await world.models.complete(ask(), world.route)).text == text


@pytest.mark.parametrize("name", ["one byte a packet", "keep-alives between events"])
async def test_a_stream_in_an_odd_form_comes_through_whole(wire: str, name: str) -> None:
    text = "Grüße aus Zürich 😀"
    async with http_world(wire) as world:
        world.will_fail(name)
        world.will_answer(Scripted(text=text))
        said: list[CompletionEvent] = []

        await heard(world, said)

        assert text_of(said) == text
        assert isinstance(said[-1], Finished)


async def test_closing_a_stream_ends_the_call_upstream_at_once(wire: str) -> None:
    async with http_world(wire) as world:
        world.will_fail("stall mid-stream")
        stream = world.models.stream(ask(), world.route)
        await anext(stream)

        await stream.aclose()

        await world.server.hang_up.wait()
        assert world.server.journal.hang_ups == 1


async def test_cancelling_a_caller_ends_the_call_upstream(wire: str) -> None:
    async with http_world(wire) as world:
        world.will_fail("slow headers")
        call = asyncio.create_task(world.models.complete(ask(), world.route))
        await world.server.asked.wait()

        call.cancel()

        with pytest.raises(asyncio.CancelledError):
            await call
        await world.server.hang_up.wait()


async def test_a_whole_stream_leaves_its_connection_for_the_next_call(wire: str) -> None:
    async with http_world(wire) as world:
        for _ in range(3):
            await heard(world, [])
            await world.models.complete(ask(), world.route)

        assert world.server.journal.connections == 1


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("429", None), ("429 with seconds", 7.0), ("429 with milliseconds", 1.5), ("429 with a date", 9.0)],
)
async def test_a_wait_that_the_provider_asks_for_is_known(wire: str, name: str, seconds: float | None) -> None:
    async with http_world(wire) as world:
        world.will_fail(name)

        with pytest.raises(ModelFault) as raised:
            await world.models.complete(ask(), replace(world.route))

        assert getattr(raised.value, "retry_after_s", "no such field") == seconds


async def test_a_key_that_the_provider_shows_is_not_shown_on(wire: str) -> None:
    async with http_world(wire) as world:
        world.will_fail("401 that shows the key")

        with pytest.raises(KeyRefused) as raised:
            await world.models.complete(ask(), world.route)

        assert world.route.key is not None
        assert world.route.key.reveal() not in str(raised.value) + repr(raised.value)
