"""Limits a minute that several processes use together, each process a desk of its own."""

import asyncio
from dataclasses import replace

import pytest
from typing_extensions import override

from eaa.adapters.memory.rates import MemoryRates
from eaa.domain.catalogue import Catalogue
from eaa.domain.model_errors import RateLimited
from eaa.engine.llm.fallback import complete
from eaa.ports.rates import Limits, Rates, Taken
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_provider, make_world


class Away(Rates):
    """Shared limits that nobody can look up."""

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        return None

    @override
    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        pass


class Endless(Away):
    """Shared limits that never answer."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    @override
    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        self.asked.set()
        await asyncio.Event().wait()
        return None


def process(
    *names: str, shared: Rates | None, requests: int | None = None, tokens: int | None = None, patience_s: float = 180.0
) -> LlmWorld:
    """Make one process whose first model's provider has limits."""
    world = make_world({name: [make_answer()] for name in names}, patience_s=patience_s)
    providers = {model.provider: make_provider(model.provider) for model in world.desk.catalogue.models}
    first = world.desk.catalogue.models[0].provider
    providers[first] = replace(providers[first], requests_per_minute=requests, tokens_per_minute=tokens)
    catalogue = Catalogue(models=world.desk.catalogue.models, providers=providers)
    world.desk = replace(world.desk, catalogue=catalogue, shared_rates=shared)
    return world


async def many(world: LlmWorld, count: int) -> None:
    for _ in range(count):
        await complete(make_ask(), desk=world.desk)


async def test_what_one_process_used_another_one_does_not_get() -> None:
    shared = MemoryRates()
    ours, theirs = (process("only", "spare", shared=shared, requests=6) for _ in range(2))

    await many(ours, 4)
    await many(theirs, 4)

    assert ours.models.names() == ["only"] * 4
    assert theirs.models.names() == ["only"] * 2 + ["spare"] * 2


async def test_a_short_wait_for_what_others_used_is_waited() -> None:
    shared = MemoryRates()
    ours, theirs = (process("only", "spare", shared=shared, requests=60) for _ in range(2))

    await many(ours, 60)
    await many(theirs, 2)

    assert theirs.models.names() == ["only"] * 2
    assert sum(theirs.waits_s) == pytest.approx(2.0, abs=0.1)


async def test_without_another_model_the_minute_is_waited_for() -> None:
    shared = MemoryRates()
    ours, theirs = (process("only", shared=shared, requests=6) for _ in range(2))

    await many(ours, 6)
    await many(theirs, 1)

    assert theirs.models.names() == ["only"]
    assert 10.0 <= sum(theirs.waits_s) < 15.0


async def test_beyond_our_patience_the_refusal_says_whose_limit_it_is_and_nothing_is_spent() -> None:
    shared = MemoryRates()
    ours, theirs = (process("only", shared=shared, requests=1, patience_s=5.0) for _ in range(2))
    await many(ours, 1)

    with pytest.raises(RateLimited, match="other processes have used up the limit"):
        await many(theirs, 1)

    assert theirs.models.calls == []
    assert await theirs.budgets.owners() == frozenset()


async def test_tokens_that_were_not_used_are_given_back_to_all() -> None:
    shared = MemoryRates()
    ours, theirs = (process("only", "spare", shared=shared, tokens=3_000) for _ in range(2))

    for _ in range(10):
        await many(ours, 1)
        await many(theirs, 1)

    assert set(ours.models.names() + theirs.models.names()) == {"only"}
    assert ours.waits_s == theirs.waits_s == []


async def test_when_nobody_can_look_it_up_each_process_keeps_its_own_limit() -> None:
    world = process("only", "spare", shared=Away(), requests=6)

    await many(world, 8)

    assert world.models.names() == ["only"] * 6 + ["spare"] * 2


async def test_a_provider_without_limits_asks_nobody() -> None:
    shared = Endless()
    world = process("only", shared=shared)

    await many(world, 3)

    assert not shared.asked.is_set()


async def test_who_leaves_while_it_is_looked_up_takes_nothing() -> None:
    shared = Endless()
    world = process("only", shared=shared, requests=6)
    asking = asyncio.create_task(many(world, 1))
    await shared.asked.wait()

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    (meter,) = world.desk.rates._meters.values()
    assert meter.requests is not None
    assert meter.requests.level == 6
    assert await world.budgets.owners() == frozenset()
