"""What every keeper of shared limits promises."""

import asyncio

import pytest

from eaa.ports.rates import Limits, Rates, Taken

KEY = "key:house:1a2b3c4d"
BOTH = Limits(requests_per_minute=3, tokens_per_minute=600)


async def test_what_is_taken_is_gone_until_the_minute_goes_on(rates: Rates) -> None:
    taken = [await rates.take(KEY, BOTH, tokens=100, now_s=1000.0) for _ in range(4)]

    assert taken == [Taken(True, 2, 500), Taken(True, 1, 400), Taken(True, 0, 300), Taken(False, 0, 300)]
    assert await rates.take(KEY, BOTH, tokens=100, now_s=1010.0) == Taken(False, 0.5, 400)
    assert await rates.take(KEY, BOTH, tokens=100, now_s=1020.0) == Taken(True, 0, 400)
    assert await rates.take(KEY, BOTH, tokens=100, now_s=2000.0) == Taken(True, 2, 500)


async def test_both_limits_have_room_or_nothing_is_taken(rates: Rates) -> None:
    assert await rates.take(KEY, BOTH, tokens=500, now_s=1000.0) == Taken(True, 2, 100)

    assert await rates.take(KEY, BOTH, tokens=101, now_s=1000.0) == Taken(False, 2, 100)
    assert await rates.take(KEY, BOTH, tokens=100, now_s=1000.0) == Taken(True, 1, 0)


async def test_what_was_not_used_is_given_back_and_what_was_used_beyond_is_taken(rates: Rates) -> None:
    await rates.take(KEY, BOTH, tokens=500, now_s=1000.0)

    await rates.settle(KEY, BOTH, tokens=-300, now_s=1000.0)
    assert await rates.take(KEY, BOTH, tokens=100, now_s=1000.0) == Taken(True, 1, 300)
    await rates.settle(KEY, BOTH, tokens=400, now_s=1000.0)
    assert await rates.take(KEY, BOTH, tokens=0, now_s=1000.0) == Taken(False, 1, -100)


async def test_no_more_comes_back_than_a_minute_has(rates: Rates) -> None:
    await rates.take(KEY, BOTH, tokens=100, now_s=1000.0)
    await rates.settle(KEY, BOTH, tokens=-5_000, now_s=1000.0)

    assert await rates.take(KEY, BOTH, tokens=100, now_s=1000.0) == Taken(True, 1, 500)


async def test_a_call_larger_than_a_minute_takes_the_whole_minute(rates: Rates) -> None:
    assert await rates.take(KEY, BOTH, tokens=9_000, now_s=1000.0) == Taken(True, 2, 0)


@pytest.mark.parametrize(
    ("limits", "left"),
    [(Limits(2, None), (1, None)), (Limits(None, 500), (None, 400)), (Limits(None, None), (None, None))],
)
async def test_a_limit_that_is_not_there_limits_nothing(
    limits: Limits, left: tuple[float | None, float | None], rates: Rates
) -> None:
    assert await rates.take(KEY, limits, tokens=100, now_s=1000.0) == Taken(True, *left)


async def test_keys_have_limits_of_their_own(rates: Rates) -> None:
    await rates.take(KEY, BOTH, tokens=600, now_s=1000.0)

    assert await rates.take("key:house:other", BOTH, tokens=600, now_s=1000.0) == Taken(True, 2, 0)


async def test_a_clock_that_is_behind_gives_nothing_twice(rates: Rates) -> None:
    await rates.take(KEY, BOTH, tokens=600, now_s=1000.0)

    assert await rates.take(KEY, BOTH, tokens=60, now_s=900.0) == Taken(False, 2, 0)
    assert await rates.take(KEY, BOTH, tokens=60, now_s=1000.0) == Taken(False, 2, 0)
    at_last = await rates.take(KEY, BOTH, tokens=60, now_s=1006.0)
    assert at_last is not None
    assert at_last == Taken(True, at_last.requests_left, 0)
    assert at_last.requests_left == pytest.approx(1.3)


async def test_of_many_at_the_same_time_only_so_many_get_room(rates: Rates) -> None:
    limits = Limits(requests_per_minute=20, tokens_per_minute=None)

    taken = await asyncio.gather(*(rates.take(KEY, limits, tokens=1, now_s=1000.0) for _ in range(50)))

    assert sum(one is not None and one.is_taken for one in taken) == 20
