"""What every keeper of runs promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.errors import RunFenced, RunNotFound
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, OrganisationId, RunId, TaskId
from eaa.domain.run import RunState
from eaa.domain.verdict import TaskVerdict
from eaa.ports.store import Store
from tests.makers import NOON, make_run

NOBODY = RunId("nobody")


async def test_a_run_comes_back_as_it_was(store: Store) -> None:
    run = replace(
        make_run(), verdict=TaskVerdict.CANNOT_REPRODUCE, base_commit=CommitId("a" * 40), head_commit=CommitId("b" * 40)
    )

    async with store.begin() as session:
        await session.runs.add(run)

    async with store.begin() as session:
        assert await session.runs.get(run.id) == run


async def test_adding_the_same_id_again_changes_nothing(store: Store) -> None:
    async with store.begin() as session:
        await session.runs.add(make_run(attempt=1))
    async with store.begin() as session:
        await session.runs.add(make_run(attempt=2))

    async with store.begin() as session:
        assert (await session.runs.get(RunId("run_1"))).attempt == 1


async def test_an_update_replaces_everything_but_the_generation(store: Store) -> None:
    run = make_run()
    async with store.begin() as session:
        await session.runs.add(run)

    changed = replace(run, state=RunState.DONE, verdict=TaskVerdict.DONE, owner_slot=None, updated_at=NOON)
    async with store.begin() as session:
        await session.runs.update(changed)

    async with store.begin() as session:
        assert await session.runs.get(run.id) == changed


async def test_a_takeover_raises_the_generation_and_names_the_owner(store: Store) -> None:
    async with store.begin() as session:
        await session.runs.add(make_run(owner_slot="cli-0"))

    async with store.begin() as session:
        taken = await session.runs.take_over(RunId("run_1"), owner_slot="cli-1")

    assert (taken.generation, taken.owner_slot) == (2, "cli-1")
    async with store.begin() as session:
        assert await session.runs.get(RunId("run_1")) == taken


async def test_after_a_takeover_writes_of_the_old_generation_are_refused(store: Store) -> None:
    old = make_run()
    async with store.begin() as session:
        await session.runs.add(old)
        taken = await session.runs.take_over(old.id, owner_slot="cli-1")

    with pytest.raises(RunFenced):
        async with store.begin() as session:
            await session.runs.update(replace(old, state=RunState.FAILED))
    with pytest.raises(RunFenced):
        async with store.begin() as session:
            await session.runs.hold(old.id, generation=old.generation)

    async with store.begin() as session:
        await session.runs.hold(old.id, generation=taken.generation)
        assert await session.runs.get(old.id) == taken


async def test_a_held_run_is_not_taken_over_before_the_transaction_ends(store: Store) -> None:
    async with store.begin() as session:
        await session.runs.add(make_run())
    order: list[str] = []
    is_held = asyncio.Event()

    async def write_as_owner() -> None:
        async with store.begin() as session:
            await session.runs.hold(RunId("run_1"), generation=1)
            is_held.set()
            for _ in range(20):
                await asyncio.sleep(0)
            order.append("owner")

    async def take_over() -> None:
        await is_held.wait()
        async with store.begin() as session:
            await session.runs.take_over(RunId("run_1"), owner_slot="cli-1")
            order.append("taker")

    await asyncio.gather(write_as_owner(), take_over())
    assert order == ["owner", "taker"]


async def test_an_unknown_run_is_an_error(store: Store) -> None:
    async with store.begin() as session:
        with pytest.raises(RunNotFound):
            await session.runs.get(NOBODY)
        with pytest.raises(RunNotFound):
            await session.runs.hold(NOBODY, generation=1)
        with pytest.raises(RunNotFound):
            await session.runs.update(make_run(run_id="nobody"))
        with pytest.raises(RunNotFound):
            await session.runs.take_over(NOBODY, owner_slot="cli-0")


async def test_runs_are_found_by_task_and_by_state_oldest_first(store: Store) -> None:
    runs = [
        make_run(run_id="run_2", attempt=2, created_at=NOON + timedelta(seconds=2), state=RunState.RUNNING),
        make_run(run_id="run_1", attempt=1, created_at=NOON + timedelta(seconds=1), state=RunState.FAILED),
        make_run(run_id="run_3", task_id="tsk_2", state=RunState.WAITING),
        make_run(run_id="run_4", task_id="tsk_3", organisation_id=OrganisationId("org_other"), state=RunState.RUNNING),
    ]
    async with store.begin() as session:
        for run in runs:
            await session.runs.add(run)

    async with store.begin() as session:
        attempts = await session.runs.of_task(TaskId("tsk_1"))
        alive = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset({RunState.RUNNING, RunState.WAITING}))
        none = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset())

    assert [run.id for run in attempts] == ["run_1", "run_2"]
    assert [run.id for run in alive] == ["run_3", "run_2"]
    assert none == ()
