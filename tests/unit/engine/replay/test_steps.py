"""Which steps of a replay are done again."""

import pytest

from eaa.adapters.memory.workflow import open_memory_workflows
from eaa.domain.ids import RunId
from eaa.domain.recording import RECORDING_VERSION, RecordedStep, Recording
from eaa.domain.run import RunState
from eaa.engine.redaction import Redactor
from eaa.engine.replay.course import Course, RecordEnds
from eaa.engine.replay.difference import ReplayDiffers
from eaa.engine.replay.sameness import Sameness
from eaa.engine.replay.steps import ReplayedWorkflow
from eaa.engine.workflows.change import PROPOSE
from eaa.ports.workflow import Workflow
from tests.makers import NOON, make_run, make_task

TITLES = ("environment and baseline", "PM", "SA", PROPOSE)
RUN = RunId("run_1")


def course(*titles: str, state: RunState = RunState.DONE) -> Course:
    steps = tuple(
        RecordedStep(number, title, "", b'"recorded"', NOON, NOON) for number, title in enumerate(titles, start=1)
    )
    recording = Recording(
        version=RECORDING_VERSION,
        eaa="test",
        task=make_task(),
        run=make_run(state=state),
        order=b"null",
        steps=steps,
        conversations=(),
        events=(),
    )
    return Course(recording, Sameness(Redactor()))


async def outputs(followed: Course, *, first: int) -> list[str]:
    """Return what each step of a workflow gives: whether it was done or recorded."""
    given: list[bytes] = []

    async def work(workflow: Workflow, _argument: bytes) -> bytes:
        async def done() -> bytes:
            return b'"done"'

        for number, title in enumerate(TITLES, start=1):
            given.append(await workflow.step(f"{number} {title}", done))
        return b""

    async with open_memory_workflows(table={"change": ReplayedWorkflow(work, followed, first)}) as workflows:
        await workflows.start("change", run_id=RUN, generation=1, argument=b"")
        await workflows.result(RUN)
    return [one.decode().strip('"') for one in given]


async def test_everything_is_done_again_but_what_only_others_can_tell() -> None:
    assert await outputs(course(*TITLES), first=1) == ["done", "done", "done", "recorded"]


async def test_steps_before_the_beginning_are_taken_and_the_environment_never_is() -> None:
    assert await outputs(course(*TITLES), first=3) == ["done", "recorded", "done", "recorded"]


async def test_a_step_of_another_name_is_no_step_to_take() -> None:
    with pytest.raises(ReplayDiffers, match="recorded `QA`, now `PM`"):
        await outputs(course(TITLES[0], "QA", "SA", PROPOSE), first=3)


async def test_a_step_that_nobody_recorded_ends_an_unfinished_record_and_differs_from_a_finished_one() -> None:
    with pytest.raises(RecordEnds):
        await outputs(course(*TITLES[:3], state=RunState.WAITING), first=1)
    with pytest.raises(ReplayDiffers, match="recorded nothing"):
        await outputs(course(*TITLES[:3]), first=1)
