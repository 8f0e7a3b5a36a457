"""What every usage log promises."""

from datetime import UTC, datetime, timedelta

import pytest

from eaa.domain.ask import Account
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId, RunId, TaskId
from eaa.domain.model_usage import ModelUsage, UsageLine
from eaa.domain.role import RoleName
from eaa.ports.model_usage import UsageKey, UsageLog

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)


def row(
    number: int,
    *,
    model: str = "alpha",
    role: RoleName | None = RoleName.SD,
    task: str | None = "tsk_1",
    outcome: str = "answered",
    tokens: int = 10,
    cost: int | None = 5,
    at: datetime = NOON,
    organisation: OrganisationId = DEFAULT_ORGANISATION,
) -> ModelUsage:
    return ModelUsage(
        id=f"use_{number}",
        account=Account(
            organisation, run_id=RunId("run_1"), task_id=None if task is None else TaskId(task), user="ann"
        ),
        model=model,
        role=role,
        outcome=outcome,
        usage=TokenUsage(tokens, tokens, tokens, tokens, reasoning_tokens=1),
        is_estimated=False,
        cost_microusd=cost,
        prompt_sha256="ab" * 32,
        seconds=0.5,
        created_at=at,
    )


async def test_calls_are_summed_by_model_the_dearest_first(usage_log: UsageLog) -> None:
    await usage_log.add(
        (
            row(1),
            row(2, outcome="cached", tokens=0, cost=0),
            row(3, outcome="model.timeout", cost=7),
            row(4, model="beta", cost=50),
            row(5, model="gamma", cost=None),
        )
    )

    assert await usage_log.sums(DEFAULT_ORGANISATION, UsageKey.MODEL, since=LONG_AGO) == (
        UsageLine(
            "beta", 1, 0, 0, TokenUsage(10, 10, 10, 10, 1), cost_microusd=50, unpriced_tokens=0, wasted_microusd=0
        ),
        UsageLine("alpha", 3, 1, 1, TokenUsage(20, 20, 20, 20, 3), 12, unpriced_tokens=0, wasted_microusd=7),
        UsageLine("gamma", 1, 0, 0, TokenUsage(10, 10, 10, 10, 1), 0, unpriced_tokens=40, wasted_microusd=0),
    )


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (UsageKey.ROLE, {"sd": 1, "-": 2}),
        (UsageKey.TASK, {"tsk_1": 2, "-": 1}),
        (UsageKey.DAY, {"2026-11-25": 2, "2026-11-26": 1}),
    ],
)
async def test_calls_are_summed_by_role_task_and_utc_day(
    usage_log: UsageLog, by: UsageKey, keys: dict[str, int]
) -> None:
    await usage_log.add(
        (
            row(1),
            row(2, role=None, task=None, at=datetime(2026, 11, 25, 23, 59, 59, 999_999, tzinfo=UTC)),
            row(3, role=None, at=datetime(2026, 11, 26, tzinfo=UTC)),
        )
    )

    lines = await usage_log.sums(DEFAULT_ORGANISATION, by, since=LONG_AGO)

    assert {line.key: line.calls for line in lines} == keys


async def test_a_row_that_is_there_already_is_left_as_it_is(usage_log: UsageLog) -> None:
    await usage_log.add((row(1, cost=5),))
    await usage_log.add((row(1, cost=9), row(2, cost=1)))

    [line] = await usage_log.sums(DEFAULT_ORGANISATION, UsageKey.MODEL, since=LONG_AGO)

    assert (line.calls, line.cost_microusd) == (2, 6)


async def test_only_what_is_asked_for_is_summed(usage_log: UsageLog) -> None:
    await usage_log.add((row(1), row(2, at=NOON - timedelta(days=2)), row(3, organisation=OrganisationId("org_other"))))

    [line] = await usage_log.sums(DEFAULT_ORGANISATION, UsageKey.MODEL, since=NOON)

    assert line.calls == 1
    assert await usage_log.sums(OrganisationId("org_none"), UsageKey.MODEL, since=LONG_AGO) == ()


async def test_pruning_removes_older_rows_only(usage_log: UsageLog) -> None:
    await usage_log.add((row(1), row(2, at=NOON - timedelta(days=2)), row(3, at=NOON - timedelta(days=3))))

    assert await usage_log.prune(before=NOON) == 2
    assert await usage_log.prune(before=NOON) == 0

    [line] = await usage_log.sums(DEFAULT_ORGANISATION, UsageKey.MODEL, since=LONG_AGO)
    assert line.calls == 1


async def test_nothing_to_add_adds_nothing(usage_log: UsageLog) -> None:
    await usage_log.add(())

    assert await usage_log.sums(DEFAULT_ORGANISATION, UsageKey.DAY, since=LONG_AGO) == ()
