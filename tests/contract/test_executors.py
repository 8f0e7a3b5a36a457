"""What every keeper of heartbeats promises."""

import asyncio
from datetime import timedelta

from eaa.ports.executors import Executors

MOMENT = timedelta(milliseconds=50)
LONG = timedelta(hours=1)


async def test_a_slot_that_beat_just_now_is_not_silent(executors: Executors) -> None:
    await executors.beat("dispatcher-0", host="one", process_id=7)

    assert await executors.silent(for_longer_than=LONG) == frozenset()
    [known] = await executors.all()
    assert (known.slot, known.host, known.process_id, known.is_draining) == ("dispatcher-0", "one", 7, False)


async def test_a_slot_is_silent_after_its_last_beat(executors: Executors) -> None:
    await executors.beat("dispatcher-0", host="one", process_id=7)
    await executors.beat("dispatcher-1", host="one", process_id=8)
    await asyncio.sleep(0.2)
    await executors.beat("dispatcher-1", host="one", process_id=8)

    assert "dispatcher-0" in await executors.silent(for_longer_than=MOMENT)


async def test_beats_of_the_same_process_keep_its_start_and_another_process_begins_anew(executors: Executors) -> None:
    await executors.beat("dispatcher-0", host="one", process_id=7)
    [first] = await executors.all()
    await asyncio.sleep(0.05)
    await executors.beat("dispatcher-0", host="one", process_id=7, is_draining=True)
    [second] = await executors.all()
    await asyncio.sleep(0.05)
    await executors.beat("dispatcher-0", host="two", process_id=7)
    [third] = await executors.all()

    assert second.started_at == first.started_at
    assert second.beat_at > first.beat_at
    assert second.is_draining
    assert third.started_at > first.started_at
    assert (third.host, third.is_draining) == ("two", False)


async def test_who_leaves_is_forgotten_and_nobody_else_with_it(executors: Executors) -> None:
    await executors.beat("dispatcher-0", host="one", process_id=7)
    await executors.beat("dispatcher-1", host="one", process_id=8)

    await executors.leave("dispatcher-0", host="one", process_id=7)
    await executors.leave("dispatcher-1", host="one", process_id=999)

    assert [known.slot for known in await executors.all()] == ["dispatcher-1"]


async def test_slots_that_were_silent_for_long_are_pruned(executors: Executors) -> None:
    await executors.beat("dispatcher-0", host="one", process_id=7)
    await asyncio.sleep(0.1)

    assert await executors.prune(older_than=LONG) == 0
    assert await executors.prune(older_than=MOMENT) == 1
    assert await executors.all() == ()
