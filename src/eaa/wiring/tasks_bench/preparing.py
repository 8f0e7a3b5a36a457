"""Makes an exercise ready: a repository, an environment, hidden tests that fail on the base."""

from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.git.exercises import BRANCH, ExerciseRepositories, repository_path
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import DatabaseTooNew, DatabaseUnreachable, DiskFull, EaaError, SandboxUnavailable, SlotTaken
from eaa.domain.exercise import Exercise
from eaa.domain.ids import RunId
from eaa.domain.trial import Invalid
from eaa.engine.evidence.lab import Lab
from eaa.engine.tools import Tools
from eaa.engine.trials.hidden import Examination, examination_of, fault_on_base
from eaa.engine.workflows.order import Order, Place
from eaa.engine.workflows.place import find_place

OF_THE_MACHINE = (SandboxUnavailable, DiskFull, DatabaseUnreachable, DatabaseTooNew, SlotTaken)
"""Errors that say nothing about an exercise or a model: they end the bench, which can go on later."""
_JUDGE = "judge"
"""Names the copy of a repository that no run works in."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An exercise that can be attempted."""

    exercise: Exercise
    place: Place
    examination: Examination


@dataclass(frozen=True, slots=True)
class Preparing:
    """What making exercises ready takes."""

    tools: Tools
    repositories: ExerciseRepositories
    folder: Path
    """Where copies of repositories are laid out."""
    environment: EnvironmentRequest

    async def order(self, exercise: Exercise, whose: str, run_id: RunId) -> Order:
        """Return an order on a copy of the exercise's repository that nobody else works in.

        Raises:
            RepositoryUnusable: There is no repository, or no such base in it.
        """
        path = repository_path(self.folder, exercise.name, whose)
        await self.repositories.lay_out(exercise, path)
        repository = await self.tools.repositories.open(str(path))
        base = await self.tools.repositories.resolve(repository, BRANCH)
        return Order(run_id, repository, base.id, self.environment, has_model=True)

    async def prepare(self, exercise: Exercise) -> Ready | Invalid:
        """Return the exercise, ready; or why it measures nothing here. No model is asked, so that costs nothing.

        Raises:
            EaaError: One of OF_THE_MACHINE.
        """
        try:
            order = await self.order(exercise, _JUDGE, RunId(f"{_JUDGE}_{exercise.name}"))
            place = await find_place(order, self.tools)
            examination = await self._examination(exercise, order, place)
            fault = await fault_on_base(examination, order.base)
        except OF_THE_MACHINE:
            raise
        except EaaError as error:
            return Invalid(exercise.name, f"{error} {error.hint}".strip())
        return Ready(exercise, place, examination) if fault is None else Invalid(exercise.name, fault)

    async def _examination(self, exercise: Exercise, order: Order, place: Place) -> Examination:
        files = exercise.hidden.files
        if exercise.hidden.patch:
            path = repository_path(self.folder, exercise.name, _JUDGE)
            files = await self.repositories.patched(path, exercise.hidden.patch)
        lab = Lab(
            repository=order.repository,
            environment=place.environment,
            toolchain=self.tools.toolchain,
            repositories=self.tools.repositories,
            workspaces=self.tools.workspaces,
            progress=self.tools.progress,
        )
        return examination_of(exercise.hidden, files, place.project, lab)
