"""One execution of a workflow function in this process, and how it is stopped."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from dbos import DBOS
from dbos import error as dbos_error
from sqlalchemy.exc import DBAPIError
from typing_extensions import override

from eaa.adapters.dbos.faults import NotRecorded, storage_fault
from eaa.domain.errors import EaaError, RunFenced, WorkflowCancelled
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow

T = TypeVar("T")


class Unrecorded(BaseException):
    """Carries an exception past DBOS, which records every `Exception` of a step as its outcome."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__()
        self.reason = reason


class Execution(Workflow):
    """The handle that a workflow function works with."""

    def __init__(self, run_id: RunId, *, generation: int) -> None:
        self._run_id = run_id
        self._generation = generation
        self._waits: set[asyncio.Task[Any]] = set()
        self._ended = asyncio.Event()
        self.stopped_by: BaseException | None = None
        """Why it was stopped from outside; the next or present step raises it and nothing is recorded any more."""

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
        async def recorded() -> bytes:
            try:
                return await self._wait_for(function())
            except EaaError:
                raise
            except Exception as error:
                raise Unrecorded(error) from error

        return await self._durably(lambda: DBOS.run_step_async({"name": name}, recorded))

    @override
    async def attempt(self, name: str, function: Callable[[], Awaitable[bytes]]) -> bytes:
        if self.stopped_by is not None:
            raise self.stopped_by
        try:
            return await self._wait_for(function())
        except Unrecorded as carrier:
            raise carrier.reason from None

    @override
    async def sleep(self, seconds: float) -> None:
        await self._durably(lambda: self._wait_for(DBOS.sleep_async(seconds)))

    @override
    async def receive(self, topic: str, *, timeout_s: float) -> bytes | None:
        message: bytes | None = await self._durably(
            lambda: self._wait_for(DBOS.recv_async(topic, timeout_seconds=timeout_s))
        )
        return message

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
        if self.stopped_by is not None:
            raise self.stopped_by
        try:
            return await action()
        except Unrecorded as carrier:
            raise carrier.reason from None
        except dbos_error.DBOSWorkflowCancelledError:
            self.stop(WorkflowCancelled(f"run {self._run_id} was cancelled"))
        except dbos_error.DBOSWorkflowConflictIDError:
            self.stop(RunFenced(run_id=self._run_id, generation=self._generation))
        except NotRecorded as carrier:
            # The step ran and is not on record: nothing after it may run, and the run stays as its records say.
            self.stop(carrier.fault)
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
            raise Unrecorded(self.stopped_by) from None
        finally:
            self._waits.discard(task)
