"""Steps are done once and leave records that hang together."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from typing_extensions import override

from eaa.adapters.memory.progress import RecordingProgress
from eaa.adapters.memory.workflow import WorkflowRecords, open_memory_workflows
from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.errors import DiskFull, EaaError, RunFenced
from eaa.domain.ids import CommitId, RunId
from eaa.domain.run import Run, RunState
from eaa.domain.step import StepRecord
from eaa.domain.verdict import TaskVerdict
from eaa.engine.codec import decode, encode
from eaa.engine.journal import Desk, Journal
from eaa.kit.digest import sha256_hex
from eaa.ports.workflow import Workflow
from tests.support.flow_world import event_types, fence, make_desk, stored_run

HEAD = CommitId("d" * 40)


class Work:
    """Two steps and an end; counts what is really done."""

    def __init__(self, desk: Desk, run: Run, *, second: str = "two") -> None:
        self.desk = desk
        self.run = run
        self.done: list[str] = []
        self.second = second
        self.before_second: EaaError | Exception | None = None
        self.is_fenced_in_second = False

    async def __call__(self, workflow: Workflow, argument: bytes) -> bytes:
        journal = Journal(workflow, self.run, self.desk)
        first = await journal.step("first", str, self._first, event=lambda _: "first.done", says=str)
        second = await journal.step("second", str, self._second, event=lambda _: None, says=str)
        await journal.end(RunState.DONE, TaskVerdict.DONE, HEAD)
        return encode([first, second])

    async def _first(self) -> str:
        self.done.append("first")
        return "one"

    async def _second(self) -> str:
        if self.before_second is not None:
            raise self.before_second
        self.done.append("second")
        if self.is_fenced_in_second:
            await fence(self.desk, self.run.id)
        return self.second


async def do(work: Work, records: WorkflowRecords | None = None) -> list[str]:
    """Run the work to its end, or go on with it, as a process does."""
    async with open_memory_workflows(table={"work": work}, records=records) as workflows:
        await workflows.start("work", run_id=work.run.id, generation=1, argument=b"")
        return decode(await workflows.result(work.run.id), list[str])


async def steps_of(desk: Desk, run: Run) -> tuple[StepRecord, ...]:
    """Return the records of a run's steps."""
    async with desk.store.begin() as session:
        return await session.steps.of_run(run.id)


def lines_of(desk: Desk) -> list[str]:
    """Return what the person who watches was told."""
    assert isinstance(desk.progress, RecordingProgress)
    return desk.progress.lines


async def test_each_step_records_its_output_and_the_digest_of_what_it_took_in() -> None:
    desk = make_desk()
    work = Work(desk, await stored_run(desk))

    assert await do(work) == ["one", "two"]

    first, second = await steps_of(desk, work.run)
    assert [(step.sequence, step.name, step.output) for step in (first, second)] == [
        (1, "first", b'"one"'),
        (2, "second", b'"two"'),
    ]
    assert first.input_sha256 == sha256_hex(b"")
    assert second.input_sha256 == sha256_hex(first.output)


async def test_a_large_output_lives_in_a_blob_and_the_chain_goes_on() -> None:
    desk = make_desk()
    large = "x" * INLINE_LIMIT_BYTES
    work = Work(desk, await stored_run(desk), second=large)

    assert await do(work) == ["one", large]

    _, second = await steps_of(desk, work.run)
    assert second.output == b""
    assert second.output_blob is not None
    assert await desk.blobs.get(second.output_blob) == encode(large)


async def test_a_finished_step_is_not_done_again_by_the_next_process() -> None:
    desk, records = make_desk(), WorkflowRecords()
    run = await stored_run(desk)
    dying, next_one = Work(desk, run), Work(desk, run)
    dying.before_second = DiskFull(path="store")
    with pytest.raises(DiskFull):
        await do(dying, records)
    before = await steps_of(desk, run)

    async with open_memory_workflows(table={"work": next_one}, records=records) as workflows:
        await workflows.resume(run.id, generation=1)
        output = await workflows.result(run.id)

    assert decode(output, list[str]) == ["one", "two"]
    assert (dying.done, next_one.done) == (["first"], ["second"])
    first, second = await steps_of(desk, run)
    assert (first,) == before
    assert second.input_sha256 == sha256_hex(first.output)
    assert "first: one (done before)" in lines_of(desk)
    assert await event_types(desk, run.id) == ["first.done", "run.ended"]


async def test_events_carry_the_digest_of_the_output_and_are_told() -> None:
    desk = make_desk()
    work = Work(desk, await stored_run(desk))

    await do(work)

    async with desk.store.begin() as session:
        done, ended = await session.events.of_run(work.run.id)
    assert decode(done.data, dict[str, object]) == {"step": 1, "output_sha256": sha256_hex(b'"one"')}
    assert decode(ended.data, dict[str, str]) == {"state": RunState.DONE, "verdict": TaskVerdict.DONE}
    assert isinstance(desk.progress, RecordingProgress)
    assert desk.progress.events[0] == done


async def test_the_end_is_written_once() -> None:
    desk, records = make_desk(), WorkflowRecords()
    work = Work(desk, await stored_run(desk))

    class EndingTwice(Work):
        async def __call__(self, workflow: Workflow, argument: bytes) -> bytes:
            await super().__call__(workflow, argument)
            return await super().__call__(workflow, argument)

    await do(EndingTwice(desk, work.run), records)

    async with desk.store.begin() as session:
        stored = await session.runs.get(work.run.id)
    assert (stored.state, stored.verdict, stored.head_commit) == (RunState.DONE, TaskVerdict.DONE, HEAD)
    assert (await event_types(desk, work.run.id)).count("run.ended") == 1


async def test_a_fenced_execution_writes_nothing_more() -> None:
    desk = make_desk()
    work = Work(desk, await stored_run(desk))
    work.is_fenced_in_second = True

    with pytest.raises(RunFenced):
        await do(work)

    assert [step.name for step in await steps_of(desk, work.run)] == ["first"]
    assert await event_types(desk, work.run.id) == ["first.done"]
    async with desk.store.begin() as session:
        assert (await session.runs.get(work.run.id)).state is RunState.RUNNING


class Forgetful(Workflow):
    """A workflow that knows nothing of what earlier executions did."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    @override
    def run_id(self) -> RunId:
        return self._run.id

    @property
    @override
    def generation(self) -> int:
        return self._run.generation

    @override
    async def step(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        return await function()

    @override
    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        raise NotImplementedError


@pytest.mark.parametrize("output", ["short", "long " * INLINE_LIMIT_BYTES], ids=["inline", "blob"])
async def test_a_step_whose_record_outlived_its_process_is_not_done_again(output: str) -> None:
    desk = make_desk()
    run = await stored_run(desk)
    done: list[str] = []

    async def work() -> str:
        done.append("done")
        return output

    async def step_of(owned: Run) -> str:
        journal = Journal(Forgetful(owned), owned, desk)
        return await journal.step("first", str, work, event=lambda _: "first.done", says=len_of)

    assert await step_of(run) == output
    await fence(desk, run.id)
    assert await step_of(replace(run, generation=2)) == output

    assert done == ["done"]
    assert await event_types(desk, run.id) == ["first.done"]


@pytest.mark.parametrize(("title", "before"), [("other", "same"), ("second", "another input")])
async def test_a_record_of_another_step_or_of_another_input_is_no_answer(title: str, before: str) -> None:
    desk = make_desk()
    run = await stored_run(desk)
    done: list[str] = []

    async def take(*, first: str, second: str) -> None:
        journal = Journal(Forgetful(run), run, desk)
        for name, output in (("first", first), (second, "two")):

            async def work(name: str = name, output: str = output) -> str:
                done.append(name)
                return output

            await journal.step(name, str, work, event=lambda _: None, says=len_of)

    await take(first="same", second="second")
    if before != "same":
        async with desk.store.begin() as session:
            (step, _) = await session.steps.of_run(run.id)
            await session.steps.put(replace(step, output=encode(before)))
    done.clear()
    await take(first="same", second=title)

    assert done == [title]
    assert [step.name for step in await steps_of(desk, run)] == ["first", title]


def len_of(text: str) -> str:
    """Return a short line about a text."""
    return f"{len(text)} characters"
