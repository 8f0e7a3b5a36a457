"""Whom DBOS' executions belong to is asked of the run's row, never of DBOS."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from eaa.adapters.dbos.workflow import DbosWorkflows, Owner, OwnerOf, open_workflows
from eaa.adapters.sql.engine import sqlite_address
from eaa.domain.errors import RunNotFound
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow, WorkflowState

RUN = RunId("run_1")


class Rows:
    """Answers who owns a run, and knows when it was asked."""

    def __init__(self, owner: Owner | Exception | None) -> None:
        self.owner = owner
        self.was_asked = asyncio.Event()

    async def owner_of(self, _: RunId) -> Owner | None:
        self.was_asked.set()
        if isinstance(self.owner, Exception):
            raise self.owner
        return self.owner


Open = Callable[[OwnerOf | None], AbstractAsyncContextManager[DbosWorkflows]]


@pytest.fixture
def generations() -> list[int]:
    return []


@pytest.fixture
def is_waiting() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def open_with(tmp_path: Path, generations: list[int], is_waiting: asyncio.Event) -> Open:
    async def work(workflow: Workflow, argument: bytes) -> bytes:
        async def act() -> bytes:
            generations.append(workflow.generation)
            if len(generations) == 1 and argument == b"wait":
                is_waiting.set()
                await asyncio.Event().wait()
            return b"done"

        return await workflow.step("act", act)

    url = sqlite_address(tmp_path / "workflows.sqlite")
    return lambda owner_of: open_workflows(url, slot="cli-0", table={"work": work}, owner_of=owner_of, poll_s=0.05)


async def leave_unfinished(open_with: Open, is_waiting: asyncio.Event) -> None:
    async with open_with(None) as workflows:
        await workflows.start("work", run_id=RUN, generation=1, argument=b"wait")
        await is_waiting.wait()


async def test_a_recovered_run_works_with_the_generation_of_its_row(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event
) -> None:
    await leave_unfinished(open_with, is_waiting)

    async with open_with(Rows(Owner(slot="cli-0", generation=7)).owner_of) as workflows, asyncio.timeout(60):
        assert await workflows.result(RUN) == b"done"
    assert generations == [1, 7]


@pytest.mark.parametrize("answer", [None, Owner(slot="cli-9", generation=2), RunNotFound(run_id=RUN)], ids=str)
async def test_a_recovered_run_that_is_not_ours_is_left_alone_until_it_is_resumed(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event, answer: Owner | Exception | None
) -> None:
    await leave_unfinished(open_with, is_waiting)

    rows = Rows(answer)
    async with open_with(rows.owner_of) as workflows, asyncio.timeout(60):
        await rows.was_asked.wait()
        assert await workflows.state(RUN) is WorkflowState.PENDING
        assert generations == [1]

        rows.owner = Owner(slot="cli-0", generation=3)
        await workflows.resume(RUN, generation=3)
        assert await workflows.result(RUN) == b"done"
    assert generations == [1, 3]
