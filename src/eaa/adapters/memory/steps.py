"""Steps in a dictionary."""

from typing_extensions import override

from eaa.domain.ids import RunId
from eaa.domain.step import StepRecord
from eaa.ports.steps import Steps


class MemorySteps(Steps):
    """The steps of one transaction."""

    def __init__(self, steps: dict[tuple[RunId, int], StepRecord]) -> None:
        self._steps = steps

    @override
    async def put(self, step: StepRecord) -> None:
        self._steps[step.run_id, step.sequence] = step

    @override
    async def of_run(self, run_id: RunId) -> tuple[StepRecord, ...]:
        steps = [step for step in self._steps.values() if step.run_id == run_id]
        return tuple(sorted(steps, key=lambda step: step.sequence))
