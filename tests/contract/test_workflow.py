"""What every workflow engine promises."""

import asyncio
from dataclasses import dataclass, field
from functools import partial

import pytest

from eaa.domain.errors import BranchTaken, EaaError, InvalidRequest, RunFenced, RunNotFound, WorkflowCancelled
from eaa.domain.ids import CommitId, RunId
from eaa.ports.workflow import Workflow, Workflows, WorkflowState
from tests.contract.conftest import OpenWorkflows
from tests.makers import new_run_id

TAKEN = BranchTaken(branch="eaa/fix", commit=CommitId("a" * 40))


@dataclass
class Script:
    """A workflow of six steps, their record, a journal of what ran, and a gate that one step waits at."""

    waits_in: int | None = None
    record: dict[int, bytes] = field(default_factory=dict)
    """What the finished steps gave."""
    journal: list[str] = field(default_factory=list)
    generations: list[int] = field(default_factory=list)
    is_waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, workflow: Workflow, argument: bytes) -> bytes:
        self.generations.append(workflow.generation)
        outputs = [await workflow.step(f"step {number}", partial(self.act, number)) for number in range(1, 7)]
        return argument + b":" + b"".join(outputs)

    async def act(self, number: int) -> bytes:
        """Answer from the record, or do the step."""
        if number not in self.record:
            self.record[number] = await self.do(number)
        return self.record[number]

    async def do(self, number: int) -> bytes:
        """Do a step."""
        self.journal.append(f"ran {number}")
        if number == self.waits_in:
            self.is_waiting.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.journal.append(f"cancelled {number}")
                raise
        return b"%d" % number


async def start(workflows: Workflows, *, argument: bytes = b"go", name: str = "work") -> RunId:
    run_id = new_run_id()
    await workflows.start(name, run_id=run_id, generation=1, argument=argument)
    return run_id


async def result_of(workflows: Workflows, run_id: RunId) -> bytes:
    async with asyncio.timeout(30):
        return await workflows.result(run_id)


async def test_a_workflow_runs_its_steps_in_order_and_gives_its_result(open_engine_with: OpenWorkflows) -> None:
    script = Script()
    async with open_engine_with({"work": script.work}) as workflows:
        run_id = await start(workflows)

        assert await result_of(workflows, run_id) == b"go:123456"
        assert await workflows.state(run_id) is WorkflowState.SUCCEEDED
    assert script.journal == [f"ran {number}" for number in range(1, 7)]


async def test_starting_the_same_run_again_is_starting_it_once(open_engine_with: OpenWorkflows) -> None:
    script = Script()
    async with open_engine_with({"work": script.work}) as workflows:
        run_id = await start(workflows)
        for _ in range(2):
            await workflows.start("work", run_id=run_id, generation=1, argument=b"again")
        assert await result_of(workflows, run_id) == b"go:123456"

        await workflows.start("work", run_id=run_id, generation=1, argument=b"again")
        assert await result_of(workflows, run_id) == b"go:123456"
    assert len(script.journal) == 6


async def test_an_unknown_workflow_is_not_started(open_engine_with: OpenWorkflows) -> None:
    async with open_engine_with({}) as workflows:
        with pytest.raises(InvalidRequest, match="nothing"):
            await start(workflows, name="nothing")


@pytest.mark.parametrize("content", [b"", b'{"a": "\xc3\xbc"}', b"\x00\xff\n"], ids=["empty", "json", "binary"])
async def test_any_bytes_may_go_in_and_out(open_engine_with: OpenWorkflows, content: bytes) -> None:
    async def echo(workflow: Workflow, argument: bytes) -> bytes:
        async def same() -> bytes:
            return argument

        return await workflow.step("same", same)

    async with open_engine_with({"work": echo}) as workflows:
        assert await result_of(workflows, await start(workflows, argument=content)) == content


@pytest.mark.parametrize("step", [1, 3, 6])
async def test_after_a_restart_only_the_step_in_flight_runs_again(open_engine_with: OpenWorkflows, step: int) -> None:
    before = Script(waits_in=step)
    after = Script(record=before.record)
    async with open_engine_with({"work": before.work}) as workflows:
        run_id = await start(workflows)
        await before.is_waiting.wait()

    async with open_engine_with({"work": after.work}) as workflows:
        assert await result_of(workflows, run_id) == b"go:123456"
    assert before.journal == [*(f"ran {number}" for number in range(1, step + 1)), f"cancelled {step}"]
    assert after.journal == [f"ran {number}" for number in range(step, 7)]


async def test_a_result_outlives_the_engine(open_engine_with: OpenWorkflows) -> None:
    async with open_engine_with({"work": Script().work}) as workflows:
        run_id = await start(workflows)
        await result_of(workflows, run_id)

    async with open_engine_with({}) as workflows:
        assert await result_of(workflows, run_id) == b"go:123456"


async def test_the_error_that_ends_a_workflow_is_its_result(open_engine_with: OpenWorkflows) -> None:
    async def work(workflow: Workflow, _: bytes) -> bytes:
        raise TAKEN

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)

        with pytest.raises(BranchTaken) as caught:
            await result_of(workflows, run_id)
        error = caught.value
        assert (str(error), error.hint, error.branch, error.commit) == (str(TAKEN), TAKEN.hint, "eaa/fix", "a" * 40)
        assert await workflows.state(run_id) is WorkflowState.FAILED


@pytest.mark.parametrize("fault", [TAKEN, ValueError("a fault")], ids=["ours", "a stranger"])
async def test_a_failed_workflow_is_run_again_when_it_is_resumed(
    open_engine_with: OpenWorkflows, fault: Exception
) -> None:
    faults = [fault]
    script = Script()

    async def work(workflow: Workflow, argument: bytes) -> bytes:
        async def fail_once() -> bytes:
            if faults:
                raise faults.pop()
            return b""

        await workflow.step("step 1", partial(script.act, 1))
        await workflow.step("failing", fail_once)
        return await script.work(workflow, argument)

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        with pytest.raises(EaaError, match=str(fault)):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.FAILED

        await workflows.resume(run_id, generation=2)
        assert await result_of(workflows, run_id) == b"go:123456"
    assert script.journal == [f"ran {number}" for number in range(1, 7)]
    assert script.generations == [2]


async def test_a_failed_workflow_neither_sleeps_nor_receives_again(open_engine_with: OpenWorkflows) -> None:
    received: list[bytes | None] = []

    async def work(workflow: Workflow, _: bytes) -> bytes:
        await workflow.sleep(0.01)
        received.append(await workflow.receive("answer", timeout_s=30))
        if len(received) == 1:
            raise TAKEN
        return await workflow.receive("answer", timeout_s=0.01) or b"nothing more"

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        await workflows.send(run_id, "answer", b"yes")
        with pytest.raises(BranchTaken):
            await result_of(workflows, run_id)

        await workflows.resume(run_id, generation=2)
        assert await result_of(workflows, run_id) == b"nothing more"
    assert received == [b"yes", b"yes"]


async def test_a_fenced_step_leaves_no_outcome_and_whoever_waits_is_told(open_engine_with: OpenWorkflows) -> None:
    fenced = [RunFenced(run_id=RunId("run_1"), generation=1)]

    async def work(workflow: Workflow, _: bytes) -> bytes:
        async def hold() -> bytes:
            if fenced:
                raise fenced.pop()
            return b"held"

        return await workflow.step("hold", hold)

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        with pytest.raises(RunFenced):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.PENDING

        await workflows.resume(run_id, generation=2)
        assert await result_of(workflows, run_id) == b"held"


async def test_a_cancel_ends_the_step_in_flight_and_starts_no_other(open_engine_with: OpenWorkflows) -> None:
    script = Script(waits_in=3)
    async with open_engine_with({"work": script.work}) as workflows:
        run_id = await start(workflows)
        await script.is_waiting.wait()

        await workflows.cancel(run_id)

        with pytest.raises(WorkflowCancelled):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.CANCELLED
    assert script.journal == ["ran 1", "ran 2", "ran 3", "cancelled 3"]


async def test_a_workflow_learns_of_its_cancellation_and_can_start_no_step(open_engine_with: OpenWorkflows) -> None:
    script = Script(waits_in=1)
    learnt: list[str] = []
    has_ended = asyncio.Event()

    async def work(workflow: Workflow, _: bytes) -> bytes:
        for number in (1, 2):
            try:
                await workflow.step(f"step {number}", partial(script.act, number))
            except WorkflowCancelled as error:
                learnt.append(error.code)
        has_ended.set()
        return b"too late"

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        await script.is_waiting.wait()
        await workflows.cancel(run_id)
        await has_ended.wait()

        with pytest.raises(WorkflowCancelled):
            await result_of(workflows, run_id)
    assert learnt == ["workflow.cancelled"] * 2
    assert script.journal == ["ran 1", "cancelled 1"]


async def test_a_cancelled_workflow_stays_cancelled_over_a_restart(open_engine_with: OpenWorkflows) -> None:
    before, after = Script(waits_in=2), Script()
    async with open_engine_with({"work": before.work}) as workflows:
        run_id = await start(workflows)
        await before.is_waiting.wait()
        await workflows.cancel(run_id)

    async with open_engine_with({"work": after.work}) as workflows:
        with pytest.raises(WorkflowCancelled):
            await result_of(workflows, run_id)
    assert after.journal == []


async def test_a_resumed_workflow_works_with_the_new_generation(open_engine_with: OpenWorkflows) -> None:
    before = Script(waits_in=4)
    after = Script(record=before.record)
    async with open_engine_with({"work": before.work}) as workflows:
        run_id = await start(workflows)
        await before.is_waiting.wait()
        await workflows.cancel(run_id)

    async with open_engine_with({"work": after.work}) as workflows:
        await workflows.resume(run_id, generation=2)
        assert await result_of(workflows, run_id) == b"go:123456"
    assert (before.generations, after.generations) == ([1], [2])
    assert after.journal == ["ran 4", "ran 5", "ran 6"]


async def test_a_resume_right_after_a_cancel_goes_on(open_engine_with: OpenWorkflows) -> None:
    script = Script(waits_in=2)
    async with open_engine_with({"work": script.work}) as workflows:
        run_id = await start(workflows)
        await script.is_waiting.wait()
        await workflows.cancel(run_id)
        script.waits_in = None
        await workflows.resume(run_id, generation=2)

        assert await result_of(workflows, run_id) == b"go:123456"
    assert script.generations == [1, 2]
    assert script.journal[:4] == ["ran 1", "ran 2", "cancelled 2", "ran 2"]


async def test_resuming_what_runs_here_or_has_succeeded_changes_nothing(open_engine_with: OpenWorkflows) -> None:
    script = Script(waits_in=2)
    async with open_engine_with({"work": script.work, "quick": Script().work}) as workflows:
        run_id = await start(workflows)
        await script.is_waiting.wait()
        await workflows.resume(run_id, generation=1)
        assert script.journal == ["ran 1", "ran 2"]

        done = await start(workflows, name="quick")
        await result_of(workflows, done)
        await workflows.resume(done, generation=2)
        assert await result_of(workflows, done) == b"go:123456"


async def test_resuming_with_a_newer_generation_fences_what_runs_here(open_engine_with: OpenWorkflows) -> None:
    script = Script(waits_in=2)
    async with open_engine_with({"work": script.work}) as workflows:
        run_id = await start(workflows)
        await script.is_waiting.wait()
        script.waits_in = None
        await workflows.resume(run_id, generation=2)

        assert await result_of(workflows, run_id) == b"go:123456"
    assert script.generations == [1, 2]
    assert script.journal.count("ran 1") == 1


async def test_what_was_never_started_is_not_there(open_engine_with: OpenWorkflows) -> None:
    nobody = RunId("run_nobody")
    async with open_engine_with({}) as workflows:
        assert await workflows.state(nobody) is None
        await workflows.cancel(nobody)
        with pytest.raises(RunNotFound):
            await workflows.result(nobody)
        with pytest.raises(RunNotFound):
            await workflows.resume(nobody, generation=1)
        with pytest.raises(RunNotFound):
            await workflows.send(nobody, "answer", b"yes")


async def test_cancelling_what_has_ended_changes_nothing(open_engine_with: OpenWorkflows) -> None:
    async with open_engine_with({"work": Script().work}) as workflows:
        run_id = await start(workflows)
        await result_of(workflows, run_id)

        await workflows.cancel(run_id)

        assert await workflows.state(run_id) is WorkflowState.SUCCEEDED


async def test_messages_are_received_once_in_order_and_kept_until_then(open_engine_with: OpenWorkflows) -> None:
    gate = Script(waits_in=1)

    async def work(workflow: Workflow, _: bytes) -> bytes:
        await workflow.step("gate", partial(gate.act, 1))
        first = await workflow.receive("answer", timeout_s=30)
        other = await workflow.receive("other", timeout_s=0.01)
        second = await workflow.receive("answer", timeout_s=30)
        return repr((first, other, second)).encode()

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        await gate.is_waiting.wait()
        await workflows.send(run_id, "answer", b"yes")
        await workflows.send(run_id, "answer", b"\xffno")

    gate.waits_in = None
    async with open_engine_with({"work": work}) as workflows:
        assert await result_of(workflows, run_id) == b"(b'yes', None, b'\\xffno')"


async def test_a_waiting_receiver_is_woken_by_a_message(open_engine_with: OpenWorkflows) -> None:
    is_listening = asyncio.Event()

    async def tell() -> bytes:
        is_listening.set()
        return b""

    async def work(workflow: Workflow, _: bytes) -> bytes:
        await workflow.step("tell", tell)
        return await workflow.receive("answer", timeout_s=3600) or b"nothing"

    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        await is_listening.wait()
        await workflows.send(run_id, "answer", b"yes")
        assert await result_of(workflows, run_id) == b"yes"


async def test_sleeping_and_receiving_can_be_cancelled(open_engine_with: OpenWorkflows) -> None:
    async def sleep(workflow: Workflow, _: bytes) -> bytes:
        await workflow.sleep(3600)
        return b"woke up"

    async def receive(workflow: Workflow, _: bytes) -> bytes:
        return await workflow.receive("answer", timeout_s=3600) or b"nothing"

    async with open_engine_with({"sleep": sleep, "receive": receive}) as workflows:
        for name in ("sleep", "receive"):
            run_id = await start(workflows, name=name)
            await workflows.cancel(run_id)
            with pytest.raises(WorkflowCancelled):
                await result_of(workflows, run_id)


async def test_a_workflow_sleeps_between_steps(open_engine_with: OpenWorkflows) -> None:
    script = Script()

    async def work(workflow: Workflow, argument: bytes) -> bytes:
        await workflow.step("before", partial(script.act, 1))
        await workflow.sleep(0.01)
        return await workflow.step("after", partial(script.act, 2))

    async with open_engine_with({"work": work}) as workflows:
        assert await result_of(workflows, await start(workflows)) == b"2"
    assert script.journal == ["ran 1", "ran 2"]


async def test_many_workflows_run_side_by_side(open_engine_with: OpenWorkflows) -> None:
    script = Script()

    async def work(workflow: Workflow, argument: bytes) -> bytes:
        outputs = [await workflow.step(f"step {number}", partial(script.do, number)) for number in range(1, 7)]
        return argument + b":" + b"".join(outputs)

    async with open_engine_with({"work": work}) as workflows:
        run_ids = [await start(workflows, argument=b"%d" % number) for number in range(12)]

        results = [await result_of(workflows, run_id) for run_id in run_ids]

    assert results == [b"%d:123456" % number for number in range(12)]
    assert len(script.journal) == 72


async def test_a_workflow_may_call_the_engine_from_inside_a_step(open_engine_with: OpenWorkflows) -> None:
    other = Script()
    opened: list[Workflows] = []

    async def work(workflow: Workflow, _: bytes) -> bytes:
        async def start_another() -> bytes:
            return (await start(opened[0], name="other")).encode()

        return await workflow.step("start another", start_another)

    async with open_engine_with({"work": work, "other": other.work}) as workflows:
        opened.append(workflows)
        child = RunId((await result_of(workflows, await start(workflows))).decode())
        assert await result_of(workflows, child) == b"go:123456"
