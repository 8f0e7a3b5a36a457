"""What every way to models promises."""

from collections.abc import AsyncIterator

import pytest

from eaa.domain.completion import (
    CompletionEvent,
    CompletionRequest,
    Finished,
    Message,
    Reasoning,
    Started,
    StopReason,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model_errors import AnswerEmpty, ModelFault, RequestRefused, StreamCut
from tests.loopback.model_wire import Call, Scripted
from tests.model_makers import ask, assistant, system, user
from tests.support.model_worlds import STATUS_FAULTS, WIRES, ModelsWorld, ScriptedWorld, http_world

CALLS = (
    Call("read_file", '{"path": "shop/prices.py"}', id="call_1"),
    Call("search", '{"words": "Rabatt für €"}', id="call_2"),
)
TOOLS = tuple(ToolSpec(call.name, "A tool.", '{"type": "object", "properties": {}}') for call in CALLS)


@pytest.fixture(params=["scripted", *WIRES])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[ModelsWorld]:
    if request.param == "scripted":
        yield ScriptedWorld()
        return
    async with http_world(request.param) as opened:
        yield opened


async def streamed(world: ModelsWorld) -> list[CompletionEvent]:
    return [event async for event in world.models.stream(ask(), world.route)]


def text_of(events: list[CompletionEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def with_tools(messages: tuple[Message, ...]) -> CompletionRequest:
    return CompletionRequest(messages=messages, tools=TOOLS)


async def test_a_whole_answer_has_words_usage_and_a_reason_to_stop(world: ModelsWorld) -> None:
    world.will_answer(Scripted(text="Zürich 😀", input_tokens=12, cached_tokens=100, output_tokens=7))

    completion = await world.models.complete(ask(), world.route)

    assert completion.text == "Zürich 😀"
    assert completion.stop_reason is StopReason.END
    assert completion.usage == TokenUsage(input_tokens=12, cached_input_tokens=100, output_tokens=7)
    assert completion.wire_model == world.wire_model


async def test_a_stream_starts_says_the_same_words_and_finishes(world: ModelsWorld) -> None:
    world.will_answer(Scripted(text="Grüße aus Zürich 😀", input_tokens=12, cached_tokens=100, output_tokens=7))

    events = await streamed(world)

    assert isinstance(events[0], Started)
    assert events[0].wire_model == world.wire_model
    assert text_of(events) == "Grüße aus Zürich 😀"
    assert events[-1] == Finished(StopReason.END, TokenUsage(input_tokens=12, cached_input_tokens=100, output_tokens=7))
    assert sum(isinstance(event, Started | Finished) for event in events) == 2


async def test_parallel_tool_calls_come_whole(world: ModelsWorld) -> None:
    world.will_answer(Scripted(text="I look.", calls=CALLS))

    completion = await world.models.complete(ask(), world.route)

    assert completion.stop_reason is StopReason.TOOL_CALLS
    assert completion.text == "I look."
    assert [(call.name, call.arguments_json) for call in completion.tool_calls] == [
        (call.name, call.arguments_json) for call in CALLS
    ]
    assert len({call.id for call in completion.tool_calls}) == 2


async def test_parallel_tool_calls_come_in_pieces(world: ModelsWorld) -> None:
    world.will_answer(Scripted(text="", calls=CALLS))

    events = await streamed(world)

    pieces = [event for event in events if isinstance(event, ToolCallDelta)]
    for index, call in enumerate(CALLS):
        own = [piece for piece in pieces if piece.index == index]
        assert own[0].id
        assert own[0].name == call.name
        assert "".join(piece.arguments_json for piece in own) == call.arguments_json
        assert not any(piece.id or piece.name for piece in own[1:])
    assert isinstance(events[-1], Finished)
    assert events[-1].stop_reason is StopReason.TOOL_CALLS


async def test_a_conversation_with_tools_is_understood(world: ModelsWorld) -> None:
    world.will_answer(Scripted(text="", calls=CALLS), Scripted(text="Done."))
    opening = (system("You fix shops."), user("Fix the discount."))
    first = await world.models.complete(with_tools(opening), world.route)
    assert all(isinstance(part, ToolCall | Reasoning) for part in first.parts)

    results = [ToolResult(call.id, call.name, "found", is_error=False) for call in first.tool_calls]
    second = await world.models.complete(
        with_tools((*opening, assistant(*first.parts), user(*results, "Go on."))), world.route
    )

    assert second.text == "Done."


@pytest.mark.parametrize("reason", [StopReason.LENGTH, StopReason.CONTENT_FILTER])
async def test_an_answer_that_was_stopped_says_so(world: ModelsWorld, reason: StopReason) -> None:
    if reason in world.unsaid_stops:
        pytest.skip("the dialect has no word for it")
    world.will_answer(Scripted(text="Half an", stop=reason.value), Scripted(text="Half an", stop=reason.value))

    completion = await world.models.complete(ask(), world.route)
    events = await streamed(world)

    assert (completion.text, completion.stop_reason) == ("Half an", reason)
    assert isinstance(events[-1], Finished)
    assert (text_of(events), events[-1].stop_reason) == ("Half an", reason)


async def test_a_refusal_is_told_apart(world: ModelsWorld) -> None:
    if StopReason.REFUSAL in world.unsaid_stops:
        pytest.skip("the dialect has no word for it")
    world.will_answer(Scripted(text="I will not.", stop="refusal"), Scripted(text="I will not.", stop="refusal"))

    completion = await world.models.complete(ask(), world.route)
    events = await streamed(world)

    assert completion.stop_reason is StopReason.REFUSAL
    assert isinstance(events[-1], Finished)
    assert events[-1].stop_reason is StopReason.REFUSAL


async def test_an_empty_answer_is_an_error(world: ModelsWorld) -> None:
    world.will_fail("empty answer")
    with pytest.raises(AnswerEmpty):
        await world.models.complete(ask(), world.route)

    world.will_fail("empty answer")
    with pytest.raises(AnswerEmpty):
        await streamed(world)


@pytest.mark.parametrize("name", STATUS_FAULTS)
async def test_a_refused_call_is_of_its_class_and_the_next_call_is_answered(world: ModelsWorld, name: str) -> None:
    for call in (lambda: world.models.complete(ask(), world.route), lambda: streamed(world)):
        world.will_fail(name)

        with pytest.raises(ModelFault) as raised:
            await call()

        assert type(raised.value) is STATUS_FAULTS[name]
        assert raised.value.model == world.route.model.name
        assert str(raised.value).startswith(world.route.model.name)
        assert "sk-loopback" not in repr(raised.value) + str(raised.value) + raised.value.hint

    assert (await world.models.complete(ask(), world.route)).text


async def test_a_cut_stream_is_an_error_and_what_came_before_is_true(world: ModelsWorld) -> None:
    world.will_fail("cut mid-stream")
    said: list[CompletionEvent] = []

    with pytest.raises(StreamCut) as raised:
        async for event in world.models.stream(ask(), world.route):
            said.append(event)

    assert raised.value.model == world.route.model.name
    assert Scripted().text.startswith(text_of(said))
    assert not any(isinstance(event, Finished) for event in said)


async def test_a_cut_answer_is_no_answer(world: ModelsWorld) -> None:
    world.will_fail("cut mid-stream")

    with pytest.raises(StreamCut):
        await world.models.complete(ask(), world.route)


async def test_a_stream_may_be_closed_early_and_the_next_call_is_answered(world: ModelsWorld) -> None:
    stream = world.models.stream(ask(), world.route)
    assert isinstance(await anext(stream), Started)

    await stream.aclose()

    assert (await world.models.complete(ask(), world.route)).text == Scripted().text


async def test_embeddings_come_in_the_texts_order(world: ModelsWorld) -> None:
    if not world.has_embeddings:
        with pytest.raises(RequestRefused):
            await world.models.embed(("a",), world.route)
        return

    embeddings = await world.models.embed(("four", "seventy"), world.route)

    assert [vector[0] for vector in embeddings.vectors] == [4.0, 7.0]


async def test_embeddings_fail_as_calls_do(world: ModelsWorld) -> None:
    if not world.has_embeddings:
        pytest.skip("the dialect has none")
    world.will_fail("429")

    with pytest.raises(ModelFault) as raised:
        await world.models.embed(("a",), world.route)

    assert type(raised.value) is STATUS_FAULTS["429"]
