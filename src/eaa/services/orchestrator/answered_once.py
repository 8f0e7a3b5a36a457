"""One answer for all who ask with the same key: those that ask now, and those that ask again because they lost it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from eaa.domain.ask import Answer
from eaa.domain.service_errors import KeyTaken

KEPT_S = 600.0
MOST_KEPT = 256
"""Answers that one process keeps; the oldest go first."""
LINGER_S = 10.0
"""How long a call goes on when nobody waits for it: a caller whose connection broke is back by then."""


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Answer]
    digest: str
    waiting: int = 0
    ended_s: float | None = None


@dataclass(slots=True, kw_only=True)
class AnsweredOnce:
    """Keeps the answers of one process. Errors are not kept: who asks again after one asks anew."""

    monotonic_s: Callable[[], float]
    linger_s: float = LINGER_S
    _flights: dict[tuple[str, str], _Flight] = field(default_factory=dict)

    async def answer(self, owner: str, key: str, digest: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
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
            flight = self._flights[name] = _Flight(asyncio.ensure_future(work()), digest)
            flight.task.add_done_callback(lambda task: self._land(name, task))
        if flight.digest != digest:
            raise KeyTaken(key)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                asyncio.get_running_loop().call_later(self.linger_s, self._leave, flight)

    async def close(self) -> None:
        """End what nobody waits for any more."""
        tasks = [flight.task for flight in self._flights.values() if not flight.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _land(self, name: tuple[str, str], task: asyncio.Task[Answer]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._flights.pop(name, None)
        elif name in self._flights:
            self._flights[name].ended_s = self.monotonic_s()

    @staticmethod
    def _leave(flight: _Flight) -> None:
        if flight.waiting == 0:
            flight.task.cancel()

    def _forget(self) -> None:
        ended = [(name, flight.ended_s) for name, flight in self._flights.items() if flight.ended_s is not None]
        too_many = max(0, len(ended) - MOST_KEPT)
        for place, (name, ended_s) in enumerate(ended):
            if place < too_many or self.monotonic_s() - ended_s > KEPT_S:
                del self._flights[name]
