"""The result of a run that is over, from the records of its steps alone."""

from collections.abc import Awaitable, Callable

from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId
from eaa.domain.run import Run
from eaa.engine.codec import decode, encode
from eaa.engine.intake import order_of
from eaa.engine.journal import Desk
from eaa.engine.workflows.order import ChangeResult
from eaa.ports.workflow import Workflow, WorkflowFunction


async def recorded_result(run: Run, *, flow: WorkflowFunction, desk: Desk) -> ChangeResult:
    """Return the result of a run that is done, whatever the workflow engine knows of it; nothing is done again.

    Raises:
        InvalidRequest: Its steps are not those that this version takes.
    """
    async with desk.store.begin() as session:
        order = await order_of(session, run.id)
        steps = await session.steps.of_run(run.id)
    names = frozenset(f"{step.sequence} {step.name}" for step in steps)
    return decode(await flow(_Recorded(run, names), encode(order)), ChangeResult)


class _Recorded(Workflow):
    """Takes the steps that are on record, and refuses every other."""

    def __init__(self, run: Run, names: frozenset[str]) -> None:
        self._run = run
        self._names = names

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
        if name not in self._names:
            raise self._refusal()
        return await function()

    @override
    async def sleep(self, seconds: float) -> None:
        raise self._refusal()

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        raise self._refusal()

    def _refusal(self) -> InvalidRequest:
        return InvalidRequest(
            f"the result of run {self._run.id} cannot be read: another version of eaa took its steps",
            hint=f"What is on record: `eaa task show {self._run.id}`.",
        )
