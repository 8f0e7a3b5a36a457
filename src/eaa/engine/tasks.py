"""Tasks and their runs, found by what a person calls them."""

from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId, TaskId
from eaa.domain.run import Run
from eaa.engine.journal import Desk


async def find_run(name: str, *, desk: Desk) -> Run:
    """Return the run with this id, or the newest run of the task with this id.

    Raises:
        RunNotFound: No run is called that.
        TaskNotFound: No task is called that.
        InvalidRequest: The name is neither a run's nor a task's, or the task has no run.
    """
    async with desk.store.begin() as session:
        if name.startswith("run_"):
            return await session.runs.get(RunId(name))
        if not name.startswith("tsk_"):
            raise InvalidRequest(
                f"{name!r} names no run and no task", hint="`eaa task list` shows their ids: run_… and tsk_…."
            )
        task = await session.tasks.get(TaskId(name))
        runs = await session.runs.of_task(task.id)
    if not runs:
        raise InvalidRequest(f"task {name} has no run", hint="Start one with `eaa run`.")
    return runs[-1]
