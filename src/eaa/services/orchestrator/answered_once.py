"""One answer for all who ask with the same key: those that ask now, and those that ask again because they lost it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from eaa.domain.service_errors import KeyTaken

T = TypeVar("T")
KEPT_S = 600.0
MOST_KEPT = 256
"""Answers that one process keeps; the oldest go first."""
LINGER_S = 10.0
"""How long a call goes on when nobody waits for it: a caller whose connection broke is back by then."""


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    digest: str
    waiting: int = 0
    ended_s: float | None = None


@dataclass(slots=True, kw_only=True)
class AnsweredOnce(Generic[T]):
    """Keeps the answers of one process. Errors are not kept: who asks again after one asks anew."""

    monotonic_s: Callable[[], float]
    linger_s: float = LINGER_S
    _flights: dict[tuple[str, str], _Flight[T]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[T]] = field(default_factory=set)
    """Calls that go on, those that nobody waits for any more included."""

    async def answer(self, owner: str, key: str, digest: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return what one call gives to everybody who asks with this key.

        Args:
            owner: Whose key it is.
            key: The key.
            digest: Of what is asked.
            work: Asks.

        Raises:
            KeyTaken: The key stands for something else.
        """
        self._forget()
        name = (owner, key)
        flight = self._flights.get(name)
        if flight is None:
            flight = self._begin(name, digest, work)
        if flight.digest != digest:
            raise KeyTaken(key)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                asyncio.get_running_loop().call_later(self.linger_s, self._leave, name, flight)

    async def close(self) -> None:
        """End what goes on."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, name: tuple[str, str], digest: str, work: Callable[[], Awaitable[T]]) -> _Flight[T]:
        flight = self._flights[name] = _Flight(asyncio.ensure_future(work()), digest)
        self._tasks.add(flight.task)
        flight.task.add_done_callback(lambda _: self._land(name, flight))
        return flight

    def _land(self, name: tuple[str, str], flight: _Flight[T]) -> None:
        self._tasks.discard(flight.task)
        flight.ended_s = self.monotonic_s()
        if flight.task.cancelled() or flight.task.exception() is not None:
            self._drop(name, flight)

    def _leave(self, name: tuple[str, str], flight: _Flight[T]) -> None:
        if flight.waiting == 0 and not flight.task.done():
            # At once, so that whoever asks from here on does not wait for what is being ended.
            self._drop(name, flight)
            flight.task.cancel()

    def _drop(self, name: tuple[str, str], flight: _Flight[T]) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]

    def _forget(self) -> None:
        ended = [(name, flight.ended_s) for name, flight in self._flights.items() if flight.ended_s is not None]
        too_many = max(0, len(ended) - MOST_KEPT)
        for place, (name, ended_s) in enumerate(ended):
            if place < too_many or self.monotonic_s() - ended_s > KEPT_S:
                del self._flights[name]
