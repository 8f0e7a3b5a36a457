"""Tasks, inside a transaction of the store."""

from typing import Protocol

from eaa.domain.ids import OrganisationId, TaskId
from eaa.domain.task import Task, TaskIdentity


class Tasks(Protocol):
    """Keeps tasks and finds them again."""

    async def add(self, task: Task) -> None:
        """Add a task; adding the same id again changes nothing."""
        ...

    async def get(self, task_id: TaskId) -> Task:
        """Return a task.

        Raises:
            TaskNotFound: Nothing was ever added under this id.
        """
        ...

    async def newest(
        self, organisation_id: OrganisationId, *, limit: int, before: TaskId | None = None
    ) -> tuple[Task, ...]:
        """Return the organisation's tasks, newest first; of those older than `before` when one is given."""
        ...

    async def same(self, identity: TaskIdentity) -> Task | None:
        """Return the newest task with an identity; None when there is none.

        Whoever else asks waits until this transaction is over, so that two who hear None are never two who add one.
        """
        ...
