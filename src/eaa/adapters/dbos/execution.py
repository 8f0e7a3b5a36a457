"""One execution of a workflow function in this process, and how it is stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from dbos import DBOS
from dbos import error as dbos_error
from sqlalchemy.exc import DBAPIError
from typing_extensions import override

from eaa.adapters.dbos.faults import storage_fault
from eaa.domain.errors import RunFenced, WorkflowCancelled
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow

T = TypeVar("T")


class Execution(Workflow):
    """The handle that a workflow function works with."""

    def __init__(self, run_id: RunId, *, generation: int) -> None:
        self._run_id = run_id
        self._generation = generation
        """As the run was started with, until its row was asked."""
        self._waits: set[asyncio.Task[Any]] = set()
        self._ended = asyncio.Event()
        self.stopped_by: BaseException | None = None
        """Why it was stopped from outside; the next or present action raises it and nothing is recorded any more."""

    @property
    @override
    def run_id(self) -> RunId:
        return self._run_id

    @property
    @override
    def generation(self) -> int:
        return self._generation

    @override
    async def step(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        self.refuse_stopped()
        return await self._wait_for(function())

    @override
    async def sleep(self, seconds: float) -> None:
        await self._durably(lambda: self._wait_for(DBOS.sleep_async(seconds)))

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        message: bytes | None = await self._durably(
            lambda: self._wait_for(DBOS.recv_async(topic, timeout_seconds=timeout_s))
        )
        return message

    def begin(self, *, generation: int) -> None:
        """Work with a generation from here on.

        Raises:
            BaseException: It was stopped before: why.
        """
        self._generation = generation
        self.refuse_stopped()

    def refuse_stopped(self) -> None:
        """Raise why it was stopped, if it was."""
        if self.stopped_by is not None:
            raise self.stopped_by

    def stop(self, reason: BaseException) -> None:
        """Cancel what is in flight and let no later step start; the first reason counts."""
        if self.stopped_by is None:
            self.stopped_by = reason
            for wait in self._waits:
                wait.cancel()

    def mark_ended(self) -> None:
        """Tell whoever waits that the workflow function has returned."""
        self._ended.set()

    async def until_ended(self) -> None:
        """Wait until the workflow function has returned."""
        await self._ended.wait()

    async def _durably(self, action: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run one durable action and translate how DBOS says that this execution is over."""
        self.refuse_stopped()
        try:
            return await action()
        except dbos_error.DBOSWorkflowCancelledError:
            self.stop(WorkflowCancelled(f"run {self._run_id} was cancelled"))
        except dbos_error.DBOSWorkflowConflictIDError:
            self.stop(RunFenced(run_id=self._run_id, generation=self._generation))
        except DBAPIError as error:
            self.stop(storage_fault(error))
        assert self.stopped_by is not None
        raise self.stopped_by

    async def _wait_for(self, awaitable: Awaitable[T]) -> T:
        """Await something that `stop` may cancel."""
        task = asyncio.ensure_future(awaitable)
        self._waits.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self.stopped_by is None:
                raise
            raise self.stopped_by from None
        finally:
            self._waits.discard(task)
