"""What every keeper of tasks promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.task import Task, TaskIdentity
from eaa.ports.store import Store
from tests.makers import NOON, make_task


async def test_a_task_comes_back_as_it_was(store: Store) -> None:
    task = make_task(text="Grüße\n\x7f" * 1000, kind=Kind.BUG, origin=Origin.ANONYMOUS)

    async with store.begin() as session:
        await session.tasks.add(task)

    async with store.begin() as session:
        assert await session.tasks.get(task.id) == task


async def test_an_unknown_task_is_an_error_not_none(store: Store) -> None:
    async with store.begin() as session:
        with pytest.raises(TaskNotFound, match="nobody"):
            await session.tasks.get(TaskId("nobody"))


async def test_adding_the_same_id_again_changes_nothing(store: Store) -> None:
    async with store.begin() as session:
        await session.tasks.add(make_task(text="first"))
    async with store.begin() as session:
        await session.tasks.add(make_task(text="second"))

    async with store.begin() as session:
        assert (await session.tasks.get(TaskId("tsk_1"))).text == "first"


async def test_the_newest_tasks_of_an_organisation_come_first(store: Store) -> None:
    elsewhere = make_task(task_id="tsk_9", organisation_id=OrganisationId("org_other"))
    tasks = [make_task(task_id=f"tsk_{n}", created_at=NOON + timedelta(seconds=n)) for n in (2, 1, 3)]
    async with store.begin() as session:
        for task in (*tasks, elsewhere):
            await session.tasks.add(task)

    async with store.begin() as session:
        newest = await session.tasks.newest(DEFAULT_ORGANISATION, limit=2)

    assert [task.id for task in newest] == ["tsk_3", "tsk_2"]


async def test_pages_of_tasks_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    # Two of the same moment: the id decides between them.
    times = [NOON, NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)]
    async with store.begin() as session:
        for number, time in enumerate(times):
            await session.tasks.add(make_task(task_id=f"tsk_{number}", created_at=time))

    async with store.begin() as session:
        first = await session.tasks.newest(DEFAULT_ORGANISATION, limit=3)
        rest = await session.tasks.newest(DEFAULT_ORGANISATION, limit=3, before=first[-1].id)
        nothing = await session.tasks.newest(DEFAULT_ORGANISATION, limit=3, before=TaskId("tsk_nobody"))

    assert [task.id for task in (*first, *rest)] == ["tsk_3", "tsk_2", "tsk_1", "tsk_0"]
    assert nothing == ()


def identity_of(task: Task) -> TaskIdentity:
    return TaskIdentity(task.organisation_id, task.text, task.origin, task.repository_source, task.base, task.kind)


async def test_the_newest_task_with_an_identity_is_found_behind_any_number_of_others(store: Store) -> None:
    wanted = [make_task(task_id=f"tsk_{n}", created_at=NOON + timedelta(seconds=n)) for n in (1, 2)]
    async with store.begin() as session:
        for number in range(600):
            other = make_task(
                task_id=f"tsk_later_{number}", text=f"Other {number}", created_at=NOON + timedelta(days=1)
            )
            await session.tasks.add(other)
        for task in wanted:
            await session.tasks.add(task)

    async with store.begin() as session:
        assert await session.tasks.same(identity_of(wanted[0])) == wanted[1]


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Fix the price"},
        {"origin": Origin.ANONYMOUS},
        {"repository_source": "/elsewhere"},
        {"base": "c" * 40},
        {"kind": Kind.BUG},
        {"kind": None},
        {"organisation_id": OrganisationId("org_other")},
    ],
    ids=str,
)
async def test_whatever_differs_makes_another_task(store: Store, other: dict[str, Any]) -> None:
    task = make_task(kind=Kind.FEATURE)
    async with store.begin() as session:
        await session.tasks.add(task)

    async with store.begin() as session:
        assert await session.tasks.same(identity_of(task)) == task
        assert await session.tasks.same(replace(identity_of(task), **other)) is None


async def test_of_two_who_ask_at_the_same_time_the_second_sees_what_the_first_added(store: Store) -> None:
    async def add_once(number: int) -> TaskId:
        async with store.begin() as session:
            there = await session.tasks.same(identity_of(make_task()))
            if there is None:
                there = make_task(task_id=f"tsk_{number}")
                await asyncio.sleep(0.05)
                await session.tasks.add(there)
            return there.id

    assert len(set(await asyncio.gather(*map(add_once, range(5))))) == 1
