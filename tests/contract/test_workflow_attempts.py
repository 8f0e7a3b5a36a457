"""What every workflow engine promises of work that keeps a record of its own."""

import asyncio
from dataclasses import dataclass, field

import pytest

from eaa.domain.errors import BranchTaken, RunFenced, WorkflowCancelled
from eaa.domain.ids import CommitId, RunId
from eaa.ports.workflow import Workflow, WorkflowState
from tests.contract.conftest import OpenWorkflows
from tests.contract.test_workflow import result_of, start

TAKEN = BranchTaken(branch="eaa/fix", commit=CommitId("a" * 40))


@dataclass
class Recorded:
    """Two attempts around a step of the engine's; the attempts remember by themselves what is done."""

    fault: Exception | None = None
    """What the second attempt raises, once."""
    waits: bool = False
    """Whether the second attempt waits until it is cancelled."""
    record: dict[str, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    is_waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, workflow: Workflow, _: bytes) -> bytes:
        """Do the three; what a later one gives hangs on the earlier ones."""
        first = await workflow.attempt("first", lambda: self.once("first"))
        middle = await workflow.step("middle", self.middle)
        return first + middle + await workflow.attempt("second", lambda: self.once("second"))

    async def once(self, name: str) -> bytes:
        """Answer from the record, or do it."""
        self.calls.append(name)
        if name == "second":
            await self.pass_the_gate()
        return self.record.setdefault(name, name.encode())

    async def middle(self) -> bytes:
        """Leave a trace."""
        self.calls.append("middle")
        return b" middle "

    async def pass_the_gate(self) -> None:
        """Fail or wait, where one shall."""
        if self.waits:
            self.is_waiting.set()
            await asyncio.Event().wait()
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault


async def test_an_attempt_is_called_by_every_execution_and_a_finished_step_is_not(
    open_engine_with: OpenWorkflows,
) -> None:
    work = Recorded(waits=True)
    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        await work.is_waiting.wait()
    work.waits = False

    async with open_engine_with({"work": work}) as workflows:
        assert await result_of(workflows, run_id) == b"first middle second"

    assert work.calls == ["first", "middle", "second", "first", "second"]


async def test_a_cancel_ends_the_attempt_in_flight_and_starts_no_other(open_engine_with: OpenWorkflows) -> None:
    work, later = Recorded(waits=True), list[str]()
    has_ended = asyncio.Event()

    async def going_on(workflow: Workflow, argument: bytes) -> bytes:
        with pytest.raises(WorkflowCancelled):
            await work(workflow, argument)
        with pytest.raises(WorkflowCancelled):
            await workflow.attempt("later", lambda: work.once("later"))
        later.append("refused")
        has_ended.set()
        return b"too late"

    async with open_engine_with({"work": going_on}) as workflows:
        run_id = await start(workflows)
        await work.is_waiting.wait()

        await workflows.cancel(run_id)

        await has_ended.wait()
        with pytest.raises(WorkflowCancelled):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.CANCELLED
    assert later == ["refused"]
    assert work.calls == ["first", "middle", "second"]


@pytest.mark.parametrize("fault", [TAKEN, ValueError("a fault")], ids=["ours", "a stranger"])
async def test_what_an_attempt_raises_ends_the_workflow_and_is_tried_again_when_it_is_resumed(
    open_engine_with: OpenWorkflows, fault: Exception
) -> None:
    work = Recorded(fault=fault)
    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        with pytest.raises(Exception, match=str(fault)):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.FAILED

        await workflows.resume(run_id, generation=2)

        assert await result_of(workflows, run_id) == b"first middle second"
    assert work.calls == ["first", "middle", "second", "first", "second"]


async def test_a_fenced_attempt_leaves_no_outcome_and_whoever_waits_is_told(open_engine_with: OpenWorkflows) -> None:
    work = Recorded(fault=RunFenced(run_id=RunId("run_1"), generation=1))
    async with open_engine_with({"work": work}) as workflows:
        run_id = await start(workflows)
        with pytest.raises(RunFenced):
            await result_of(workflows, run_id)
        assert await workflows.state(run_id) is WorkflowState.PENDING

        await workflows.resume(run_id, generation=2)

        assert await result_of(workflows, run_id) == b"first middle second"
