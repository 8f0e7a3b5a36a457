import pytest

from eaa.domain.ask import Settled
from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.completion import (
    CompletionEvent,
    Finished,
    Restarted,
    Started,
    StopReason,
    TextDelta,
    TokenUsage,
    ToolCallDelta,
)
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import Prices
from eaa.domain.model_errors import ModelFault, ModelOverloaded, ModelTimeout, StreamCut
from eaa.engine.llm.streaming import stream
from eaa.ports.orchestrator import Takeover
from tests.support.llm_world import RUN, LlmWorld, make_ask, make_model, make_world

END = Finished(StopReason.END, TokenUsage(input_tokens=10, output_tokens=5))
CUT = StreamCut("the connection closed")


async def collect(world: LlmWorld, takeover: Takeover, into: list[object]) -> None:
    async for event in stream(make_ask(), takeover=takeover, desk=world.desk):
        if not isinstance(event, Settled):
            into.append(event)


def words(*texts: str) -> list[CompletionEvent | ModelFault]:
    return [Started(), *(TextDelta(text) for text in texts)]


@pytest.mark.parametrize("takeover", list(Takeover))
@pytest.mark.parametrize("fault", [ModelOverloaded("503"), ModelTimeout(phase="first byte", limit_s=1.0), CUT])
async def test_before_the_first_word_another_model_simply_begins(takeover: Takeover, fault: ModelFault) -> None:
    world = make_world({"first": [[Started(), fault]], "second": [[*words("Hello."), END]]})
    events: list[object] = []

    await collect(world, takeover, events)

    assert events == [Started(), TextDelta("Hello."), END]


async def test_a_stream_bears_the_name_of_the_model_that_speaks() -> None:
    mute: list[CompletionEvent | ModelFault] = [Started("first-wire"), CUT]
    world = make_world({"first": [mute], "second": [[Started("second-wire"), TextDelta("Hello."), END]]})
    events: list[object] = []

    await collect(world, Takeover.RESTART, events)

    assert events == [Started("second-wire"), TextDelta("Hello."), END]


async def test_a_caller_that_can_take_words_back_is_told_to() -> None:
    world = make_world({"first": [[*words("Hel"), CUT]], "second": [[*words("Hello."), END]]})
    events: list[object] = []

    await collect(world, Takeover.RESTART, events)

    void = [Started(), TextDelta("Hel"), Restarted("model.stream_cut")]
    assert events == [*void, Started(), TextDelta("Hello."), END]


async def test_after_a_restart_the_model_that_speaks_is_named_and_no_other() -> None:
    begun: list[CompletionEvent | ModelFault] = [Started("first-wire", "r1"), TextDelta("Hel"), CUT]
    mute: list[CompletionEvent | ModelFault] = [Started("second-wire", "r2"), CUT]
    whole: list[CompletionEvent | ModelFault] = [Started("third-wire", "r3"), TextDelta("Hello."), END]
    world = make_world({"first": [begun], "second": [mute], "third": [whole]})
    events: list[object] = []

    await collect(world, Takeover.RESTART, events)

    assert events == [
        Started("first-wire", "r1"),
        TextDelta("Hel"),
        Restarted("model.stream_cut"),
        Started("third-wire", "r3"),
        TextDelta("Hello."),
        END,
    ]


async def test_a_continuation_says_nothing_twice() -> None:
    begun = "The quick brown fox jumps"
    world = make_world({"first": [[*words(begun), CUT]], "second": [[*words("brown fox jumps", " over."), END]]})
    events: list[object] = []

    await collect(world, Takeover.CONTINUE, events)

    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "The quick brown fox jumps over."
    assert events.count(Started()) == 1
    _, request, _ = world.models.calls[1]
    assert [message.speaker for message in request.messages] == ["user", "assistant", "user"]


async def test_a_tool_call_that_breaks_off_is_never_continued() -> None:
    call = ToolCallDelta(index=0, id="c1", name="search", arguments_json='{"te')
    world = make_world({"first": [[Started(), call, CUT]], "second": [[*words("Hello."), END]]})
    events: list[object] = []

    with pytest.raises(StreamCut):
        await collect(world, Takeover.CONTINUE, events)

    assert events == [Started(), call]
    assert world.models.names() == ["first"]


async def test_a_caller_that_allows_no_takeover_gets_the_error() -> None:
    world = make_world({"first": [[*words("Hel"), CUT]], "second": [[*words("Hello."), END]]})
    events: list[object] = []

    with pytest.raises(StreamCut):
        await collect(world, Takeover.FAIL, events)

    assert END not in events


async def test_a_closed_stream_gives_its_budget_back_and_books_what_was_said() -> None:
    world = make_world({"only": [[*words("Hello."), END]]})
    events = stream(make_ask(), takeover=Takeover.FAIL, desk=world.desk)
    async for event in events:
        if isinstance(event, TextDelta):
            break

    await events.aclose()

    assert await world.budgets.owners() == frozenset()
    await world.desk.usage.flush()
    rows = list(world.usage_log._rows.values())
    assert [(row.outcome, row.is_estimated) for row in rows] == [("cancelled", True)]
    assert rows[0].usage.output_tokens == len("Hello.")


async def test_a_continuation_that_is_too_dear_for_one_model_goes_to_a_cheaper_one() -> None:
    dear = Prices(input_microusd=100_000_000, output_microusd=400_000_000)
    world = make_world(
        {"first": [[*words("One two "), CUT]], "dear": [[*words("three."), END]], "cheap": [[*words("three."), END]]},
        models=[make_model("first"), make_model("dear", prices=dear), make_model("cheap")],
    )
    await world.budgets.set_limit(DEFAULT_ORGANISATION, Scope(ScopeKind.RUN, RUN), Amount(cost_microusd=20_000))
    events: list[object] = []

    await collect(world, Takeover.CONTINUE, events)

    assert world.models.names() == ["first", "cheap"]
    assert events[-1] == END


async def test_a_caller_that_leaves_at_the_last_event_has_seen_the_model_work() -> None:
    world = make_world({"only": [[Started(), CUT], [*words("Hello."), END]]})
    events = stream(make_ask(), takeover=Takeover.RESTART, desk=world.desk)

    async for event in events:
        if isinstance(event, Finished):
            break
    await events.aclose()

    assert world.desk.health._breakers == {}
