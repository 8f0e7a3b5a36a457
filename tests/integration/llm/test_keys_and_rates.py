"""Keys that are refused, and limits that providers tell in their headers, over real sockets."""

import asyncio

import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.domain.model_errors import KeyRefused
from tests.loopback.model_wire import Scripted
from tests.loopback.models import KEY
from tests.support.fault_table import DIALECTS
from tests.support.fault_world import fault_world, sampled_ask
from tests.support.llm_world import ListedKeys

NOTHING_LEFT = {
    "openai": (
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "1m0s"),
    ),
    "anthropic": (
        ("Date", "Wed, 25 Nov 2026 10:00:00 GMT"),
        ("anthropic-ratelimit-requests-limit", "60"),
        ("anthropic-ratelimit-requests-remaining", "0"),
        ("anthropic-ratelimit-requests-reset", "2026-11-25T10:01:00Z"),
    ),
}


class VirtualSleep:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        self.clock = MemoryClock()

    async def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await asyncio.sleep(0)


@pytest.mark.parametrize("dialect", DIALECTS)
class TestKeys:
    async def test_the_next_key_is_shown_when_one_is_refused(self, dialect: str) -> None:
        async with fault_world(dialect, keys=ListedKeys(["sk-wrong", KEY])) as world:
            answer = await world.orchestrator.complete(sampled_ask())

            assert [attempt.outcome for attempt in answer.attempts] == ["model.key_refused", "answered"]
            assert (len(world.first.requests), len(world.second.requests)) == (2, 0)
            assert await world.leaks() == []

    async def test_a_key_that_was_rotated_is_found_in_the_middle_of_an_ask(self, dialect: str) -> None:
        keys = ListedKeys(["sk-old"], later=[KEY])
        async with fault_world(dialect, is_alone=True, keys=keys, patience_s=10.0) as world:
            answer = await world.orchestrator.complete(sampled_ask())

            assert answer.completion.text == Scripted().text
            assert keys.refreshes == 1

    async def test_a_key_refused_everywhere_is_told_as_that(self, dialect: str) -> None:
        async with fault_world(dialect, keys=ListedKeys(["sk-wrong"])) as world:
            with pytest.raises(KeyRefused):
                await world.orchestrator.complete(sampled_ask())

            assert await world.leaks() == []


@pytest.mark.parametrize("dialect", DIALECTS)
class TestLimitsThatAProviderTells:
    async def test_a_call_waits_where_it_would_be_refused(self, dialect: str) -> None:
        virtual = VirtualSleep()
        async with fault_world(dialect, clock=virtual.clock, sleep=virtual.sleep, patience_s=60.0) as world:
            world.first.will_answer(Scripted(headers=NOTHING_LEFT[dialect]))
            await world.orchestrator.complete(sampled_ask())

            answer = await world.orchestrator.complete(sampled_ask())

            assert answer.model == "first"
            assert virtual.clock.monotonic_s() == pytest.approx(1.0, abs=0.1)
            assert await world.leaks() == []

    async def test_many_calls_at_once_are_spread_over_the_models(self, dialect: str) -> None:
        virtual = VirtualSleep()
        async with fault_world(dialect, clock=virtual.clock, sleep=virtual.sleep, patience_s=60.0) as world:
            world.first.will_answer(Scripted(headers=NOTHING_LEFT[dialect]))
            await world.orchestrator.complete(sampled_ask())

            answers = await asyncio.gather(*(world.orchestrator.complete(sampled_ask()) for _ in range(10)))

            assert {answer.model for answer in answers} == {"first", "second"}
            assert all(answer.attempts[-1].outcome == "answered" for answer in answers)
            assert await world.leaks() == []
