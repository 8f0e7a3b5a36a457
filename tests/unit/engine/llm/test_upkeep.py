"""What an orchestrator does now and then."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.adapters.memory.slots import MemorySlots
from eaa.domain.budget import Amount, Budget, Scope, ScopeKind
from eaa.domain.completion import Completion, StopReason
from eaa.domain.errors import DatabaseUnreachable
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.leases import LeasedBudgets
from eaa.engine.llm.upkeep import ANSWERS_KEPT, Upkeep
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.answer_cache import CachedAnswer
from eaa.ports.budgets import Wish

LIMIT = Amount(1_000, 100)


class World:
    """An upkeep and all it works on."""

    def __init__(self, shared: MemoryBudgets | None = None) -> None:
        self.clock, self.slots, self.answers = MemoryClock(), MemorySlots(), MemoryAnswerCache()
        self.shared = shared or MemoryBudgets()
        self.upkeep = Upkeep(
            budgets=LeasedBudgets(self.shared),
            slots=self.slots,
            usage=UsageRecorder(MemoryUsageLog()),
            answers=self.answers,
            clock=self.clock,
            day_limit=LIMIT,
        )

    def today(self) -> Scope:
        return Scope(ScopeKind.DAY, self.clock.now().date().isoformat())

    async def budget(self) -> Budget | None:
        return await self.shared.get(DEFAULT_ORGANISATION, self.today())

    async def reserve(self, owner_slot: str) -> None:
        wish = Wish(DEFAULT_ORGANISATION, (self.today(),), least=Amount(10), most=Amount(10))
        await self.shared.reserve(wish, owner_slot=owner_slot, now=self.clock.now())


async def test_every_day_has_the_limit_from_its_first_moment() -> None:
    world = World()
    await world.upkeep.begin("llm-0")
    assert await world.budget() == Budget(DEFAULT_ORGANISATION, world.today(), LIMIT)

    world.clock.advance(86_400)
    assert await world.budget() == Budget(DEFAULT_ORGANISATION, world.today(), LIMIT)
    await world.upkeep.once()
    world.clock.advance(86_400)
    assert await world.budget() == Budget(DEFAULT_ORGANISATION, world.today(), LIMIT)


async def test_what_the_last_holder_of_our_slot_left_is_booked_at_the_start() -> None:
    world = World()
    await world.shared.set_limit(DEFAULT_ORGANISATION, world.today(), LIMIT)
    await world.reserve("llm-0")

    async with world.slots.hold("llm-0"):
        await world.upkeep.begin("llm-0")

    assert await world.budget() == Budget(DEFAULT_ORGANISATION, world.today(), LIMIT, spent=Amount(10))


async def test_only_the_dead_are_booked() -> None:
    world = World()
    await world.upkeep.begin("llm-0")
    await world.reserve("llm-1")
    await world.reserve("llm-2")

    async with world.slots.hold("llm-1"):
        await world.upkeep.once()

        assert await world.shared.owners() == {"llm-1"}
        assert await world.budget() == Budget(
            DEFAULT_ORGANISATION, world.today(), LIMIT, spent=Amount(10), reserved=Amount(10)
        )


async def test_very_old_answers_are_forgotten() -> None:
    world = World()
    for key, age in (("new", timedelta(0)), ("old", ANSWERS_KEPT + timedelta(seconds=1))):
        completion = Completion((), StopReason.END, usage=None)
        at = world.clock.now() - age
        await world.answers.put(CachedAnswer(DEFAULT_ORGANISATION, key, "m", None, frozenset(), completion, at))

    await world.upkeep.begin("llm-0")

    assert await world.answers.get(DEFAULT_ORGANISATION, "old") is None
    assert await world.answers.get(DEFAULT_ORGANISATION, "new") is not None


class StopUpkeep(Exception):
    """The test has seen enough."""


class DownNow(MemoryBudgets):
    """Out of reach when its owners are asked for, once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @override
    async def owners(self) -> frozenset[str]:
        self.asked += 1
        if self.asked == 1:
            raise DatabaseUnreachable(database="shared", because="it is down")
        return await super().owners()


async def test_a_failure_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    shared = DownNow()
    world = World(shared)

    with suppress(StopUpkeep):
        await world.upkeep.keep_on(_sleeps(3))

    assert shared.asked == 2
    assert "llm.upkeep_failed" in caplog.text


def _sleeps(times: int) -> Callable[[float], Awaitable[None]]:
    left = iter(range(times - 1))

    async def sleep(_: float) -> None:
        if next(left, None) is None:
            raise StopUpkeep

    return sleep
