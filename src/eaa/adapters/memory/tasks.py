"""Tasks in a dictionary."""

from dataclasses import fields

from typing_extensions import override

from eaa.domain.errors import TaskNotFound
from eaa.domain.ids import OrganisationId, TaskId
from eaa.domain.task import Task, TaskIdentity
from eaa.ports.tasks import Tasks


class MemoryTasks(Tasks):
    """The tasks of one transaction."""

    def __init__(self, tasks: dict[TaskId, Task]) -> None:
        self._tasks = tasks

    @override
    async def add(self, task: Task) -> None:
        self._tasks.setdefault(task.id, task)

    @override
    async def get(self, task_id: TaskId) -> Task:
        try:
            return self._tasks[task_id]
        except KeyError:
            raise TaskNotFound(task_id=task_id) from None

    @override
    async def newest(
        self, organisation_id: OrganisationId, *, limit: int, before: TaskId | None = None
    ) -> tuple[Task, ...]:
        ours = [task for task in self._tasks.values() if task.organisation_id == organisation_id]
        ours.sort(key=lambda task: (task.created_at, task.id), reverse=True)
        if before is not None:
            last = self._tasks.get(before)
            ours = [one for one in ours if last and (one.created_at, one.id) < (last.created_at, last.id)]
        return tuple(ours[:limit])

    @override
    async def same(self, identity: TaskIdentity) -> Task | None:
        wanted = {field.name: getattr(identity, field.name) for field in fields(identity)}
        newest = await self.newest(identity.organisation_id, limit=len(self._tasks))
        return next((task for task in newest if all(getattr(task, key) == wanted[key] for key in wanted)), None)
