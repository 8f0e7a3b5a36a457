"""What is switched off is not done, and the rest goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.event_bus import MemoryEventBus
from eaa.adapters.memory.executors import MemoryExecutors
from eaa.adapters.memory.rates import MemoryRates
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.slots import MemorySlots
from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model_errors import NoModel
from eaa.domain.run import RunState
from eaa.domain.toggle import SwitchedOff, Toggle, ToggleSetting
from eaa.engine.dispatcher import Dispatcher
from eaa.engine.event_relay import EventRelay
from eaa.engine.intake import open_run
from eaa.engine.liveness import Liveness
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.local_rates import LocalWhenAway
from eaa.engine.switched_rates import SwitchedRates
from eaa.engine.toggles import TOGGLES_TOPIC, FollowedToggles
from eaa.ports.rates import Limits
from eaa.ports.store import Store
from tests.makers import NOON, make_event
from tests.support.flow_world import make_desk, make_request
from tests.support.llm_world import make_answer, make_ask, make_world
from tests.unit.engine.test_run_queue import on_record, stored


def setting(name: Toggle, *, is_on: bool = False) -> ToggleSetting:
    return ToggleSetting(DEFAULT_ORGANISATION, name, is_on=is_on, why="it burns", who="ada", updated_at=NOON)


async def switch(store: Store, name: Toggle, *, is_on: bool = False) -> None:
    async with store.begin() as session:
        await session.toggle_settings.put(setting(name, is_on=is_on))


def without(*names: Toggle) -> FollowedToggles:
    return FollowedToggles(store=MemoryStore(), off={name: setting(name) for name in names})


@asynccontextmanager
async def following(toggles: FollowedToggles, signals: MemorySignals) -> AsyncIterator[None]:
    task = asyncio.create_task(toggles.follow(signals))
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.wait({task})


async def test_a_switch_is_noticed_when_somebody_rings() -> None:
    store, signals = MemoryStore(), MemorySignals()
    toggles = FollowedToggles(store=store)
    await toggles.look()
    before = toggles.is_on(Toggle.MODELS)

    async with following(toggles, signals), asyncio.timeout(60):
        await switch(store, Toggle.MODELS)
        while toggles.is_on(Toggle.MODELS):
            await signals.ring(TOGGLES_TOPIC)
            await asyncio.sleep(0)
        said = await toggles.fault()
        await switch(store, Toggle.MODELS, is_on=True)
        while not toggles.is_on(Toggle.MODELS):
            await signals.ring(TOGGLES_TOPIC)
            await asyncio.sleep(0)

    assert before
    assert said is not None
    assert "models (no model is asked" in said
    assert await toggles.fault() is None


async def test_without_intake_nothing_new_comes_in_and_what_is_there_is_found() -> None:
    desk = make_desk()
    known = await open_run(make_request("Fix the discount"), owner_slot=None, desk=desk)
    await switch(desk.store, Toggle.INTAKE)

    again = await open_run(make_request("Fix the discount"), owner_slot=None, desk=desk)
    with pytest.raises(SwitchedOff, match="it burns") as refusal:
        await open_run(make_request("Fix the tax"), owner_slot=None, desk=desk)

    assert again == replace(known, is_new=False)
    assert "eaa toggle set intake on" in refusal.value.hint


async def test_without_models_a_new_run_has_none_for_good() -> None:
    desk = make_desk()
    wish = replace(make_request("Fix the discount"), has_model=True)
    await switch(desk.store, Toggle.MODELS)

    opened = await open_run(wish, owner_slot=None, desk=desk)
    await switch(desk.store, Toggle.MODELS, is_on=True)
    later = await open_run(wish, owner_slot=None, desk=desk)

    assert not opened.order.has_model
    assert later.order == opened.order


async def test_without_models_no_model_is_asked() -> None:
    world = make_world({"only": [make_answer()]})
    desk = replace(world.desk, toggles=without(Toggle.MODELS))
    orchestrator = LocalOrchestrator(desk, KeptAnswers(MemoryAnswerCache(), world.clock))

    with pytest.raises(NoModel, match="switched off"):
        await orchestrator.complete(make_ask())
    with pytest.raises(NoModel, match="switched off"):
        await anext(aiter(orchestrator.stream(make_ask())))

    assert world.models.calls == []


async def test_without_the_queue_no_run_begins_until_it_is_on_again() -> None:
    desk, run = await on_record(RunState.QUEUED)
    toggles, draining, begun = without(Toggle.QUEUE), asyncio.Event(), asyncio.Event()

    async def begins(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with open_memory_workflows(table={}) as workflows:
        dispatcher = Dispatcher(
            slot="dispatcher-0",
            desk=desk,
            workflows=workflows,
            liveness=Liveness(MemorySlots(), MemoryExecutors(lambda: datetime.now(UTC))),
            signals=MemorySignals(),
            wanted=set(),
            prepare=begins,
            toggles=toggles,
        )
        await dispatcher._look()
        waits = (await stored(run, desk)).state
        toggles.off = {}
        await dispatcher._look()
        async with asyncio.timeout(60):
            await begun.wait()
        draining.set()
        await dispatcher.work(draining, grace_s=0)

    assert waits is RunState.QUEUED


async def test_without_the_bus_events_wait_and_are_published_afterwards() -> None:
    store, bus, toggles = MemoryStore(), MemoryEventBus(), without(Toggle.EVENT_BUS)
    async with store.begin() as session:
        await session.events.add(make_event())
    signals = MemorySignals()
    relay = EventRelay(store=store, bus=bus, signals=signals, toggles=toggles)
    working = asyncio.create_task(relay.work())

    async with asyncio.timeout(60):
        while await relay.fault() is None:  # noqa: ASYNC110 - the relay brings it about
            await asyncio.sleep(0.005)
        said, held = await relay.fault(), list(bus.events)
        toggles.off = {}
        while not bus.events:
            await signals.ring("events")
            await asyncio.sleep(0.005)
    working.cancel()
    await asyncio.wait({working})

    assert (said, held) == ("switched off", [])
    assert bus.events == [make_event()]


async def test_without_shared_limits_each_process_has_the_whole_limit() -> None:
    shared, limits = MemoryRates(), Limits(1, None)
    off, on = without(Toggle.SHARED_LIMITS), without()
    alone = [LocalWhenAway(SwitchedRates(shared, off), MemoryRates()) for _ in range(2)]
    together = [LocalWhenAway(SwitchedRates(shared, on), MemoryRates()) for _ in range(2)]

    async def is_taken(rates: LocalWhenAway) -> bool:
        taken = await rates.take("caller", limits, tokens=0, now_s=0.0)
        assert taken is not None
        return taken.is_taken

    assert [await is_taken(one) for one in alone] == [True, True]
    assert [await is_taken(one) for one in together] == [True, False]
