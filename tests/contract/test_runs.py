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


async def test_the_oldest_queued_run_is_claimed_first_and_by_one(store: Store) -> None:
    async with store.begin() as session:
        for number, name in enumerate(("run_b", "run_a", "run_c")):
            run = make_run(owner_slot=None)
            created_at = NOON + timedelta(seconds=number)
            await session.runs.add(replace(run, id=RunId(name), state=RunState.QUEUED, created_at=created_at))

    claimed = []
    for slot in ("dispatcher-0", "dispatcher-1"):
        async with store.begin() as session:
            claimed.append(await session.runs.claim(owner_slot=slot, at_once=None))

    assert [(run.id, run.owner_slot, run.state) for run in claimed if run] == [
        ("run_b", "dispatcher-0", RunState.RUNNING),
        ("run_a", "dispatcher-1", RunState.RUNNING),
    ]


async def test_a_smaller_priority_goes_before_an_older_run(store: Store) -> None:
    async with store.begin() as session:
        old = replace(make_run(owner_slot=None), state=RunState.QUEUED)
        await session.runs.add(old)
        await session.runs.add(replace(old, id=RunId("run_2"), priority=-1, created_at=NOON + timedelta(hours=1)))

    async with store.begin() as session:
        claimed = await session.runs.claim(owner_slot="dispatcher-0", at_once=None)

    assert claimed is not None
    assert claimed.id == "run_2"


async def test_nothing_is_claimed_beyond_the_limit_or_that_somebody_owns(store: Store) -> None:
    async with store.begin() as session:
        queued = replace(make_run(owner_slot=None), state=RunState.QUEUED)
        await session.runs.add(queued)
        await session.runs.add(replace(queued, id=RunId("run_2"), state=RunState.RUNNING, owner_slot="cli-0"))

    async with store.begin() as session:
        assert await session.runs.claim(owner_slot="dispatcher-0", at_once=1) is None
    async with store.begin() as session:
        assert await session.runs.claim(owner_slot="dispatcher-0", at_once=2) is not None
    async with store.begin() as session:
        assert await session.runs.claim(owner_slot="dispatcher-0", at_once=9) is None


async def test_many_claimers_share_many_runs_without_a_double(store: Store) -> None:
    async with store.begin() as session:
        for number in range(40):
            queued = replace(make_run(owner_slot=None), id=RunId(f"run_{number}"), state=RunState.QUEUED)
            await session.runs.add(queued)
    claimed: list[RunId] = []

    async def claim_all(slot: str) -> None:
        while True:
            async with store.begin() as session:
                run = await session.runs.claim(owner_slot=slot, at_once=100)
            if run is None:
                return
            claimed.append(run.id)

    await asyncio.gather(*(claim_all(f"dispatcher-{number}") for number in range(4)))

    assert len(claimed) == len(set(claimed)) == 40


async def test_a_run_that_is_queued_again_is_nobodys_and_refuses_its_old_owner(store: Store) -> None:
    run = make_run(owner_slot="dispatcher-0")
    async with store.begin() as session:
        await session.runs.add(run)
        queued = await session.runs.queue_again(run.id)

    assert (queued.state, queued.owner_slot, queued.generation) == (RunState.QUEUED, None, run.generation + 1)
    with pytest.raises(RunFenced):
        async with store.begin() as session:
            await session.runs.update(run)
    with pytest.raises(RunNotFound):
        async with store.begin() as session:
            await session.runs.queue_again(NOBODY)


async def test_pages_of_runs_follow_each_other_in_some_states(store: Store) -> None:
    states = [RunState.DONE, RunState.QUEUED, RunState.DONE, RunState.DONE]
    async with store.begin() as session:
        for number, state in enumerate(states):
            await session.runs.add(make_run(run_id=f"run_{number}", state=state))

    wanted = frozenset({RunState.DONE})
    async with store.begin() as session:
        first = await session.runs.newest(DEFAULT_ORGANISATION, states=wanted, limit=2)
        rest = await session.runs.newest(DEFAULT_ORGANISATION, states=wanted, limit=2, before=first[-1].id)

    assert [run.id for run in (*first, *rest)] == ["run_3", "run_2", "run_0"]
