import asyncio

import pytest

from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.domain.model_errors import ModelOverloaded
from eaa.engine.llm.health import FAILURES_TO_OPEN, FIRST_OPEN_S, MOST_OPEN_S, PROBE_S, Health

MODEL = "model:one"
DOWN = ModelOverloaded("503")


@pytest.fixture
def health() -> Health:
    return Health(MemoryCooldowns())


async def broken(health: Health, now_s: float = 0.0) -> float:
    """Open the breaker and return the moment at which it may be probed."""
    for _ in range(FAILURES_TO_OPEN):
        await health.failed(MODEL, DOWN, now_s)
    return now_s + health.waits_s((MODEL,), now_s)


async def test_thousands_who_fail_at_once_open_it_no_longer_than_one(health: Health) -> None:
    await asyncio.gather(*(health.failed(MODEL, DOWN, 0.0) for _ in range(5_000)))

    assert health.waits_s((MODEL,), 0.0) == FIRST_OPEN_S


async def test_an_outage_of_days_is_probed_as_often_as_one_of_minutes(health: Health) -> None:
    now_s = await broken(health)

    for _ in range(3_000):
        assert health.may_try(MODEL, now_s)
        await health.failed(MODEL, DOWN, now_s)
        now_s += health.waits_s((MODEL,), now_s)

    assert health.waits_s((MODEL,), now_s - MOST_OPEN_S) == MOST_OPEN_S


async def test_one_caller_probes_and_the_others_wait(health: Health) -> None:
    now_s = await broken(health)

    assert [health.may_try(MODEL, now_s) for _ in range(3)] == [True, False, False]


async def test_a_probe_that_hangs_does_not_keep_others_out_for_ever(health: Health) -> None:
    now_s = await broken(health)
    assert health.may_try(MODEL, now_s)

    assert not health.may_try(MODEL, now_s + PROBE_S - 1)
    assert health.may_try(MODEL, now_s + PROBE_S)


async def test_a_probe_that_was_cancelled_lets_the_next_caller_try(health: Health) -> None:
    now_s = await broken(health)
    assert health.may_try(MODEL, now_s)

    health.gave_up(MODEL)

    assert health.may_try(MODEL, now_s)


async def test_a_probe_that_fails_early_lets_the_next_caller_try_when_its_time_comes(health: Health) -> None:
    await broken(health)
    await health.cooldowns.end(MODEL)  # by another process, for which the model works
    assert health.may_try(MODEL, 0.5)

    await health.failed(MODEL, DOWN, 0.6)

    wait_s = health.waits_s((MODEL,), 0.6)
    assert wait_s > 0
    assert health.may_try(MODEL, 0.6 + wait_s)


async def test_a_stream_that_speaks_lets_others_try_before_its_end(health: Health) -> None:
    now_s = await broken(health)
    assert health.may_try(MODEL, now_s)

    health.spoke(MODEL)

    assert health.may_try(MODEL, now_s)


async def test_a_probe_that_works_closes_it(health: Health) -> None:
    now_s = await broken(health)
    assert health.may_try(MODEL, now_s)

    await health.worked(MODEL)

    assert [health.may_try(MODEL, now_s) for _ in range(3)] == [True, True, True]
