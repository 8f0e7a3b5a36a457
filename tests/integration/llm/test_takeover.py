"""Streams that break after their first words, and an outage of everything, over real sockets."""

from contextlib import AsyncExitStack

import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.domain.model_errors import AllModelsFailed, ModelFault
from eaa.ports.orchestrator import Takeover
from tests.loopback.model_wire import Call, Scripted
from tests.loopback.models import serving_models
from tests.support.fault_table import DIALECTS, Heard, closed_port, hear
from tests.support.fault_world import CALM, QUICK, FaultWorld, fault_world, sampled_ask

FIRST = Scripted(text="One two three four five six seven eight nine ten eleven twelve thirteen fourteen.")
SECOND = Scripted(text="The whole answer, begun anew.")
BROKEN = {
    "stall mid-stream": "model.timeout",
    "cut mid-stream": "model.stream_cut",
    "cut between events": "model.stream_cut",
    "ended between events": "model.stream_cut",
}


async def begun(dialect: str, fault: str, takeover: Takeover, second: Scripted) -> tuple[Heard, FaultWorld, list[str]]:
    """Let the first model break after some words, and return what the caller heard and what leaked."""
    deadlines = QUICK if fault.startswith("stall") else CALM
    async with fault_world(dialect, deadlines=deadlines) as world:
        world.first.will_answer(FIRST)
        world.first.will_fail(fault)
        world.second.will_answer(second)
        heard = await hear(world, takeover)
        return heard, world, await world.leaks()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", BROKEN)
class TestAStreamThatBreaksAfterItsFirstWords:
    async def test_begins_anew_and_says_that_the_words_are_void(self, dialect: str, fault: str) -> None:
        heard, _, leaks = await begun(dialect, fault, Takeover.RESTART, SECOND)

        assert (heard.text, heard.restarts, heard.is_finished, heard.error) == (SECOND.text, 1, True, None)
        assert leaks == []

    async def test_ends_with_its_error_where_no_takeover_is_allowed(self, dialect: str, fault: str) -> None:
        heard, world, leaks = await begun(dialect, fault, Takeover.FAIL, SECOND)

        assert isinstance(heard.error, ModelFault)
        assert heard.error.code == BROKEN[fault]
        assert heard.text
        assert FIRST.text.startswith(heard.text)
        assert not heard.is_finished
        assert world.second.requests == []
        assert leaks == []

    async def test_goes_on_where_it_stopped_and_repeats_nothing(self, dialect: str, fault: str) -> None:
        broken_off, _, _ = await begun(dialect, fault, Takeover.FAIL, SECOND)
        repeating = Scripted(text=f"{broken_off.text[-16:]}and so on to the end.")

        heard, world, leaks = await begun(dialect, fault, Takeover.CONTINUE, repeating)

        assert heard.text == f"{broken_off.text}and so on to the end."
        assert (heard.restarts, heard.is_finished, heard.error) == (0, True, None)
        assert broken_off.text.strip() in world.second.requests[0].body.decode()
        assert leaks == []


@pytest.mark.parametrize("dialect", DIALECTS)
class TestAToolCallThatBreaksOff:
    LONG_CALL = Scripted(text="", calls=(Call("search", '{"words": "a long list of words to look for"}'),))
    CALL = Scripted(text="", calls=(Call("search", '{"words": "short"}'),))

    async def test_is_never_joined_to_another_ones(self, dialect: str) -> None:
        async with fault_world(dialect) as world:
            world.first.will_answer(self.LONG_CALL)
            world.first.will_fail("cut between events")
            world.second.will_answer(self.CALL)

            heard = await hear(world, Takeover.RESTART)

            assert (heard.calls, heard.is_finished) == (self.CALL.calls[0].arguments_json, True)
            assert heard.restarts == 1
            assert await world.leaks() == []

    async def test_is_not_continued(self, dialect: str) -> None:
        async with fault_world(dialect) as world:
            world.first.will_answer(self.LONG_CALL)
            world.first.will_fail("cut between events")

            heard = await hear(world, Takeover.CONTINUE)

            assert heard.error is not None
            assert (heard.error.code, heard.is_finished) == ("model.stream_cut", False)
            assert self.LONG_CALL.calls[0].arguments_json.startswith(heard.calls)
            assert world.second.requests == []
            assert await world.leaks() == []


class Outage:
    """A clock that waiting moves; nothing listens until it shows a moment, and then a server does."""

    def __init__(self, *, ends_at_s: float, stack: AsyncExitStack) -> None:
        self.clock = MemoryClock()
        self.port = closed_port()
        self.waited_s = 0.0
        self._ends_at_s = ends_at_s
        self._stack = stack
        self._is_over = False

    async def sleep(self, seconds: float) -> None:
        self.waited_s += seconds
        self.clock.advance(seconds)
        if self.clock.monotonic_s() >= self._ends_at_s and not self._is_over:
            self._is_over = True
            await self._stack.enter_async_context(serving_models(port=self.port))

    def address(self, right: str) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("way", ["complete", "stream"])
async def test_an_outage_of_everything_for_a_minute_is_outlasted(dialect: str, way: str) -> None:
    async with AsyncExitStack() as stack:
        outage = Outage(ends_at_s=60.0, stack=stack)
        async with fault_world(
            dialect,
            is_alone=True,
            first_address=outage.address,
            patience_s=180.0,
            clock=outage.clock,
            sleep=outage.sleep,
            random=lambda: 0.5,
        ) as world:
            if way == "stream":
                text = (await hear(world, Takeover.RESTART)).text
            else:
                text = (await world.orchestrator.complete(sampled_ask())).completion.text

            assert text == Scripted().text
            assert 60.0 <= outage.waited_s < 80.0
            assert await world.leaks() == []


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_outage_beyond_our_patience_lists_what_failed(dialect: str) -> None:
    async with AsyncExitStack() as stack:
        outage = Outage(ends_at_s=1_000.0, stack=stack)
        async with fault_world(
            dialect,
            first_address=outage.address,
            patience_s=20.0,
            clock=outage.clock,
            sleep=outage.sleep,
            random=lambda: 0.5,
        ) as world:
            world.second.will_fail(*["503"] * 100)

            with pytest.raises(AllModelsFailed) as raised:
                await world.orchestrator.complete(sampled_ask())

            codes = {failure.code for failure in raised.value.failures}
            assert codes == {"model.unreachable", "model.overloaded"}
            assert outage.waited_s <= 20.0
            assert await world.leaks() == []
