"""Whom DBOS' executions belong to is asked of the run's row, never of DBOS."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from pathlib import Path

import pytest
from dbos import DBOS

from eaa.adapters.dbos.launch import queue_of
from eaa.adapters.dbos.workflow import DbosWorkflows, GenerationOf, open_workflows
from eaa.adapters.sql.engine import sqlite_address
from eaa.domain.errors import RunFenced, RunNotFound
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow, WorkflowState

RUN = RunId("run_1")


class Rows:
    """Answers with which generation a run is this process's, and knows when it was asked."""

    def __init__(self, answer: int | Exception | None) -> None:
        self.answer = answer
        self.was_asked = asyncio.Event()

    async def generation_of(self, _: RunId) -> int | None:
        self.was_asked.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


Open = Callable[[GenerationOf | None], AbstractAsyncContextManager[DbosWorkflows]]


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
    return lambda generation_of: open_workflows(
        url, slot="cli-0", table={"work": work}, generation_of=generation_of, poll_s=0.05
    )


async def leave_unfinished(open_with: Open, is_waiting: asyncio.Event) -> None:
    async with open_with(None) as workflows:
        await workflows.start("work", run_id=RUN, generation=1, argument=b"wait")
        await is_waiting.wait()


async def test_a_recovered_run_works_with_the_generation_of_its_row(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event
) -> None:
    await leave_unfinished(open_with, is_waiting)

    async with open_with(Rows(7).generation_of) as workflows, asyncio.timeout(60):
        assert await workflows.result(RUN) == b"done"
    assert generations == [1, 7]


@pytest.mark.parametrize("answer", [None, RunNotFound(run_id=RUN)], ids=str)
async def test_a_recovered_run_that_is_not_ours_is_left_alone_until_it_is_resumed(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event, answer: Exception | None
) -> None:
    await leave_unfinished(open_with, is_waiting)

    rows = Rows(answer)
    async with open_with(rows.generation_of) as workflows, asyncio.timeout(60):
        await rows.was_asked.wait()
        assert await workflows.state(RUN) is WorkflowState.PENDING
        assert generations == [1]

        rows.answer = 3
        await workflows.resume(RUN, generation=3)
        assert await workflows.result(RUN) == b"done"
    assert generations == [1, 3]


async def test_a_run_that_its_owner_resumes_while_we_look_whose_it_is_stays_the_owners(
    open_with: Open, is_waiting: asyncio.Event
) -> None:
    await leave_unfinished(open_with, is_waiting)
    was_let_be = asyncio.Event()

    async def resumed_by_a_peer_meanwhile(_: RunId) -> int | None:
        await asyncio.create_task(DBOS.resume_workflow_async(RUN, queue_name=queue_of("cli-9")), context=Context())
        asyncio.get_running_loop().call_later(0.1, was_let_be.set)
        return None

    async with open_with(resumed_by_a_peer_meanwhile), asyncio.timeout(60):
        await was_let_be.wait()
        status = await DBOS.get_workflow_status_async(RUN)

    assert status is not None
    assert (status.status, status.queue_name) == ("ENQUEUED", queue_of("cli-9"))


async def test_a_run_that_somebody_else_took_meanwhile_is_not_taken_back(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event
) -> None:
    await leave_unfinished(open_with, is_waiting)

    rows = Rows(None)
    async with open_with(rows.generation_of) as workflows, asyncio.timeout(60):
        await rows.was_asked.wait()
        await asyncio.create_task(DBOS.resume_workflow_async(RUN, queue_name=queue_of("cli-9")), context=Context())
        for rows.answer in (None, 3):
            with pytest.raises(RunFenced):
                await workflows.resume(RUN, generation=2)
        status = await DBOS.get_workflow_status_async(RUN)

    assert status is not None
    assert status.queue_name == queue_of("cli-9")
    assert generations == [1]


class Gate:
    """An answer whose run it is that is under way until it is let through."""

    def __init__(self) -> None:
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def generation_of(self, _: RunId) -> int | None:
        self.was_asked.set()
        await self.may_answer.wait()
        return 1


@pytest.mark.parametrize("how", ["cancel", "let_go"])
async def test_nothing_of_a_run_begins_that_was_stopped_while_we_asked_whose_it_is(
    open_with: Open, generations: list[int], how: str
) -> None:
    gate = Gate()
    async with open_with(gate.generation_of) as workflows, asyncio.timeout(60):
        await workflows.start("work", run_id=RUN, generation=1, argument=b"")
        await gate.was_asked.wait()
        stopping = asyncio.create_task(getattr(workflows, how)(RUN))
        while not (execution := workflows._executions[RUN]).stopped_by:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)
        gate.may_answer.set()
        await stopping
        await execution.until_ended()

    assert generations == []


async def test_whoever_waits_for_a_run_that_is_handed_to_its_owner_twice_is_told_how_it_ended(
    open_with: Open, generations: list[int], is_waiting: asyncio.Event
) -> None:
    async with open_with(Rows(1).generation_of) as workflows, asyncio.timeout(60):
        await workflows.start("work", run_id=RUN, generation=1, argument=b"wait")
        result = asyncio.create_task(workflows.result(RUN))
        await is_waiting.wait()

        await asyncio.create_task(DBOS.resume_workflow_async(RUN, queue_name=queue_of("cli-0")), context=Context())

        assert await result == b"done"
    assert generations == [1, 1]
