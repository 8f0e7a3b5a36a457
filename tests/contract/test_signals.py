"""What every kind of signal promises."""

import asyncio

from eaa.ports.signals import Listening, Signals

SOON_S = 20.0
NOW_S = 0.3
Pair = tuple[Signals, Signals]


async def test_a_ring_reaches_who_listens_elsewhere(signal_pair: Pair) -> None:
    here, there = signal_pair
    async with there.listen("runs") as listening:
        await listening.wait(timeout_s=NOW_S)
        await here.ring("runs")

        assert "runs" in await listening.wait(timeout_s=SOON_S)


async def test_a_ring_reaches_who_listens_here(signal_pair: Pair) -> None:
    here, _ = signal_pair
    async with here.listen("runs") as listening:
        await listening.wait(timeout_s=NOW_S)
        await here.ring("runs")

        assert "runs" in await listening.wait(timeout_s=SOON_S)


async def test_nothing_is_heard_of_other_topics(signal_pair: Pair) -> None:
    here, there = signal_pair
    async with there.listen("runs") as listening, there.listen("events") as witness:
        await _quiet(listening)
        await here.ring("events")

        assert "events" in await witness.wait(timeout_s=SOON_S)
        assert await listening.wait(timeout_s=NOW_S) == frozenset()


async def test_a_star_stands_for_every_topic_that_begins_like_it(signal_pair: Pair) -> None:
    here, there = signal_pair
    async with there.listen("role-call:*") as listening:
        await _quiet(listening)
        await here.ring("role-call:rcl_1", "role-call:rcl_2")

        heard: set[str] = set()
        async with asyncio.timeout(SOON_S):
            while len(heard) < 2:
                heard |= await listening.wait(timeout_s=SOON_S)
        assert heard == {"role-call:rcl_1", "role-call:rcl_2"}


async def test_what_was_rung_before_the_wait_is_told_at_once(signal_pair: Pair) -> None:
    here, _ = signal_pair
    async with here.listen("runs") as listening:
        await _quiet(listening)
        await here.ring("runs")
        await here.ring("runs")

        assert await listening.wait(timeout_s=SOON_S) == {"runs"}


async def test_many_listeners_all_hear(signal_pair: Pair) -> None:
    here, there = signal_pair
    async with there.listen("runs") as one, there.listen("runs") as other:
        await _quiet(one)
        await _quiet(other)
        await here.ring("runs")

        assert "runs" in await one.wait(timeout_s=SOON_S)
        assert "runs" in await other.wait(timeout_s=SOON_S)


async def test_a_listener_that_has_left_hears_nothing_and_another_one_may_come(signal_pair: Pair) -> None:
    here, there = signal_pair
    async with there.listen("runs"):
        pass
    await here.ring("runs")

    async with there.listen("runs") as listening:
        await _quiet(listening)
        await here.ring("runs")
        assert "runs" in await listening.wait(timeout_s=SOON_S)


async def _quiet(listening: Listening) -> None:
    """Let what belongs to the beginning pass: a connection that was just made counts as a ring."""
    while await listening.wait(timeout_s=NOW_S):
        pass
