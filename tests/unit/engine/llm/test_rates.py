import asyncio
from dataclasses import replace

import pytest

from eaa.domain.ask import Account, Ask
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import Completion, RateReport, Text
from eaa.domain.ids import RunId
from eaa.domain.model_errors import ModelsResting
from eaa.engine.llm.fair_queue import IN_FRONT_OF_A_BATCH, FairQueue
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.rates import _Meter
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_provider, make_world


def limited_world(
    *names: str, requests: int | None = None, tokens: int | None = None, rates: RateReport | None = None
) -> LlmWorld:
    """Make a world whose first model's provider has limits, or reports them with each answer."""
    acts = {name: [make_answer()] for name in names}
    acts[names[0]] = [replace(make_answer(), rates=rates)]
    world = make_world(dict(acts))
    providers = {model.provider: make_provider(model.provider) for model in world.desk.catalogue.models}
    first = world.desk.catalogue.models[0].provider
    providers[first] = replace(providers[first], requests_per_minute=requests, tokens_per_minute=tokens)

    async def sleep(seconds: float) -> None:
        world.waits_s.append(seconds)
        world.clock.advance(seconds)
        await asyncio.sleep(0)

    catalogue = Catalogue(models=world.desk.catalogue.models, providers=providers)
    world.desk = replace(world.desk, catalogue=catalogue, sleep=sleep)
    return world


def asked_by(run: str, *, is_batch: bool = False) -> Ask:
    return replace(make_ask(run), account=Account(run_id=RunId(run)), is_batch=is_batch)


def runs_in_order(world: LlmWorld) -> list[str]:
    parts = [request.messages[0].parts[0] for _, request, _ in world.models.calls]
    return [part.text for part in parts if isinstance(part, Text)]


async def many(world: LlmWorld, count: int) -> None:
    for _ in range(count):
        await complete(make_ask(), desk=world.desk)


async def test_calls_beyond_a_limit_wait_for_the_minute_to_go_on() -> None:
    world = limited_world("only", requests=6)

    await many(world, 8)

    assert sum(world.waits_s) == pytest.approx(20.0, abs=0.1)


async def test_for_a_short_wait_nobody_changes_the_model() -> None:
    world = limited_world("first", "second", requests=60)

    await many(world, 62)

    assert set(world.models.names()) == {"first"}
    assert sum(world.waits_s) == pytest.approx(2.0, abs=0.1)


async def test_for_a_long_wait_another_model_is_asked() -> None:
    world = limited_world("first", "second", requests=6)

    await many(world, 8)

    assert world.models.names() == ["first"] * 6 + ["second"] * 2
    assert world.waits_s == []


async def test_a_provider_that_says_that_nothing_is_left_is_believed() -> None:
    report = RateReport(remaining_requests=0, requests_reset_s=60.0, limit_requests=60)
    world = limited_world("only", rates=report)

    await many(world, 3)

    assert sum(world.waits_s) == pytest.approx(2.0, abs=0.1)


async def test_without_the_size_of_the_limit_its_reset_is_waited_for() -> None:
    world = limited_world("only", rates=RateReport(remaining_tokens=0, tokens_reset_s=7.0))

    await many(world, 2)

    assert sum(world.waits_s) == pytest.approx(7.0, abs=0.1)


async def test_a_report_without_trouble_ahead_limits_nothing() -> None:
    world = limited_world("only", rates=RateReport(remaining_requests=900, requests_reset_s=6.0, limit_requests=1_000))

    await many(world, 50)

    assert world.waits_s == []
    assert world.desk.rates._meters == {}


async def test_what_was_learned_is_forgotten_when_the_minute_is_over() -> None:
    report = RateReport(remaining_requests=1, requests_reset_s=60.0, limit_requests=60)
    world = limited_world("only", rates=report)
    await many(world, 1)
    assert world.desk.rates._meters

    world.clock.advance(60.0)
    world.models._acts["only"] = [make_answer()]
    await many(world, 1)

    assert world.desk.rates._meters == {}


async def test_tokens_that_were_not_used_are_given_back() -> None:
    world = limited_world("only", tokens=3_000)

    await many(world, 30)

    assert world.waits_s == []


async def test_tokens_of_calls_on_their_way_count_in_full() -> None:
    world = limited_world("first", "second", tokens=1_200)

    async def slow(request, route):  # type: ignore[no-untyped-def]
        world.models._next(request, route)
        await asyncio.sleep(0)
        return make_answer()

    world.models.complete = slow  # type: ignore[method-assign]
    await asyncio.gather(*(complete(make_ask(), desk=world.desk) for _ in range(2)))

    assert world.models.names() == ["first", "second"]


async def test_a_call_too_large_for_any_minute_goes_when_the_limit_is_untouched() -> None:
    world = limited_world("only", tokens=500)

    await many(world, 1)

    assert world.waits_s == []


async def test_a_run_with_many_waiting_calls_does_not_keep_another_out() -> None:
    world = limited_world("only", requests=60)
    await many(world, 60)
    world.models.calls.clear()

    crowd = [asyncio.create_task(complete(asked_by("crowd"), desk=world.desk)) for _ in range(100)]
    await asyncio.sleep(0)
    await complete(asked_by("single"), desk=world.desk)

    assert "single" in runs_in_order(world)[:3]
    await asyncio.gather(*crowd)
    assert len(world.models.calls) == 101


async def test_calls_of_a_batch_go_behind_others_but_do_go_on() -> None:
    world = limited_world("only", requests=60)
    await many(world, 60)
    world.models.calls.clear()

    batch = [asyncio.create_task(complete(asked_by("batch", is_batch=True), desk=world.desk)) for _ in range(3)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(complete(asked_by("other"), desk=world.desk)) for _ in range(20)]
    await asyncio.gather(*batch, *others)

    order = runs_in_order(world)
    assert order[:8] == ["other"] * 8
    assert order[8] == "batch"
    assert order.count("batch") == 3


async def test_cancelled_waiters_leave_nothing_behind() -> None:
    world = limited_world("only", requests=6)
    await many(world, 6)
    waiting = [asyncio.create_task(complete(make_ask(), desk=endless(world).desk)) for _ in range(5)]
    for _ in range(5):
        await asyncio.sleep(0)
    meter = next(iter(world.desk.rates._meters.values()))
    assert is_letting_in(meter)

    for task in waiting:
        task.cancel()
    ended = await asyncio.gather(*waiting, return_exceptions=True)

    assert all(isinstance(error, asyncio.CancelledError) for error in ended)
    assert not is_letting_in(meter)
    assert meter.queue.first() is None
    assert await world.budgets.owners() == frozenset()


def endless(world: LlmWorld) -> LlmWorld:
    """Return the world with a sleep that never ends by itself."""

    async def sleep(seconds: float) -> None:
        await asyncio.Event().wait()

    return replace(world, desk=replace(world.desk, sleep=sleep))


def is_letting_in(meter: _Meter) -> bool:
    return meter.letting_in is not None


async def test_a_wait_beyond_our_patience_is_told_at_once() -> None:
    world = limited_world("only", requests=1)
    world.desk = replace(world.desk, patience_s=10.0)
    await many(world, 1)

    with pytest.raises(ModelsResting, match=r"only for .* \(rate limits\)"):
        await many(world, 1)

    assert world.waits_s == []


async def test_one_call_in_so_many_is_of_a_batch() -> None:
    queue = FairQueue()
    for _ in range(3):
        queue.join("batch", is_batch=True, tokens=1)
    for _ in range(3 * IN_FRONT_OF_A_BATCH):
        queue.join("other", is_batch=False)

    order = [waiter.tokens for _ in range(2 * IN_FRONT_OF_A_BATCH + 2) if (waiter := queue.take()) is not None]

    assert order == ([0] * IN_FRONT_OF_A_BATCH + [1]) * 2


async def test_places_at_a_provider_are_given_to_runs_in_turn() -> None:
    world = limited_world("only")
    providers = {"only-house": replace(make_provider("only-house"), parallel_requests=1)}
    world.desk = replace(world.desk, catalogue=Catalogue(models=world.desk.catalogue.models, providers=providers))
    scripted = world.models.complete

    async def slow(request, route):  # type: ignore[no-untyped-def]
        await asyncio.sleep(0)
        found: Completion = await scripted(request, route)
        return found

    world.models.complete = slow  # type: ignore[method-assign]
    crowd = [asyncio.create_task(complete(asked_by("crowd"), desk=world.desk)) for _ in range(100)]
    await asyncio.sleep(0)
    await complete(asked_by("single"), desk=world.desk)

    assert "single" in runs_in_order(world)[:4]
    await asyncio.gather(*crowd)
