"""Steps of a replay: done again, except those before the place it begins at, and those that others tell the end of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from typing_extensions import override

from eaa.domain.ids import RunId
from eaa.engine.replay.course import PLACE, Course
from eaa.engine.workflows.change import TOLD_BY_OTHERS
from eaa.ports.workflow import Workflow, WorkflowFunction


@dataclass(frozen=True, slots=True)
class ReplayedWorkflow:
    """A workflow function whose steps go along a record. Calling it is the workflow function."""

    function: WorkflowFunction
    course: Course
    first: int
    """Number of the first step that is done again; the environment is always looked for here."""

    async def __call__(self, workflow: Workflow, argument: bytes) -> bytes:
        """Run the function."""
        return await self.function(_Steps(workflow, self.course, self.first), argument)


class _Steps(Workflow):
    def __init__(self, inner: Workflow, course: Course, first: int) -> None:
        self._inner = inner
        self._course = course
        self._first = first

    @property
    @override
    def run_id(self) -> RunId:
        return self._inner.run_id

    @property
    @override
    def generation(self) -> int:
        return self._inner.generation

    @override
    async def step(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        number, _, title = name.partition(" ")
        is_before = PLACE < int(number) < self._first
        if is_before or title in TOLD_BY_OTHERS:
            return self._course.take(int(number), title)
        return await self._inner.step(name, function)

    @override
    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        return await self._inner.receive(topic, timeout_s=timeout_s)
