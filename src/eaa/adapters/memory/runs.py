"""Runs in a dictionary."""

from collections.abc import Collection
from dataclasses import replace

from typing_extensions import override

from eaa.domain.errors import RunFenced, RunNotFound
from eaa.domain.ids import OrganisationId, RunId, TaskId
from eaa.domain.run import Run, RunState
from eaa.ports.runs import Runs


class MemoryRuns(Runs):
    """The runs of one transaction."""

    def __init__(self, runs: dict[RunId, Run]) -> None:
        self._runs = runs

    @override
    async def add(self, run: Run) -> None:
        self._runs.setdefault(run.id, run)

    @override
    async def get(self, run_id: RunId) -> Run:
        try:
            return self._runs[run_id]
        except KeyError:
            raise RunNotFound(run_id=run_id) from None

    @override
    async def update(self, run: Run) -> None:
        await self.hold(run.id, generation=run.generation)
        self._runs[run.id] = run

    @override
    async def hold(self, run_id: RunId, *, generation: int) -> None:
        run = await self.get(run_id)
        if run.generation != generation:
            raise RunFenced(run_id=run_id, generation=generation)

    @override
    async def take_over(self, run_id: RunId, *, owner_slot: str) -> Run:
        run = await self.get(run_id)
        taken = replace(run, generation=run.generation + 1, owner_slot=owner_slot)
        self._runs[run_id] = taken
        return taken

    @override
    async def claim(self, *, owner_slot: str, at_once: int | None, but: Collection[RunId] = ()) -> Run | None:
        states = [run.state for run in self._runs.values()]
        if at_once is not None and states.count(RunState.RUNNING) >= at_once:
            return None
        waiting = [run for run in self._runs.values() if run.state is RunState.QUEUED and run.owner_slot is None]
        queued = [run for run in waiting if run.id not in but]
        if not queued:
            return None
        first = min(queued, key=lambda run: (run.priority, run.created_at, run.id))
        claimed = replace(first, state=RunState.RUNNING, owner_slot=owner_slot)
        self._runs[first.id] = claimed
        return claimed

    @override
    async def queue_again(self, run_id: RunId) -> Run:
        run = await self.get(run_id)
        queued = replace(run, state=RunState.QUEUED, owner_slot=None, generation=run.generation + 1)
        self._runs[run_id] = queued
        return queued

    @override
    async def of_task(self, task_id: TaskId) -> tuple[Run, ...]:
        return _oldest_first([run for run in self._runs.values() if run.task_id == task_id])

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, states: frozenset[RunState], limit: int, before: RunId | None = None
    ) -> tuple[Run, ...]:
        ours = list(reversed(await self.in_state(organisation_id, states)))
        if before is not None:
            last = self._runs.get(before)
            ours = [one for one in ours if last and (one.created_at, one.id) < (last.created_at, last.id)]
        return tuple(ours[:limit])

    @override
    async def in_state(self, organisation_id: OrganisationId, states: frozenset[RunState]) -> tuple[Run, ...]:
        ours = [run for run in self._runs.values() if run.organisation_id == organisation_id]
        return _oldest_first([run for run in ours if run.state in states])


def _oldest_first(runs: list[Run]) -> tuple[Run, ...]:
    return tuple(sorted(runs, key=lambda run: (run.created_at, run.id)))
