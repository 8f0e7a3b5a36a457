"""How many calls go to a provider at once, shared fairly between runs."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Gate:
    free: int
    waiting: "OrderedDict[str, deque[asyncio.Future[None]]]" = field(default_factory=OrderedDict)
    """Callers by run; the run whose turn is next stands first."""


@dataclass(slots=True)
class FairGates:
    """Lets a number of calls through at once for each subject; who waits is let in run by run, in turn."""

    _gates: dict[str, _Gate] = field(default_factory=dict)

    @asynccontextmanager
    async def passing(self, subject: str, *, at_once: int, run: str) -> AsyncIterator[None]:
        """Hold one of `at_once` places for the time of the block."""
        gate = self._gates.get(subject)
        if gate is None:
            gate = self._gates[subject] = _Gate(free=at_once)
        if gate.free > 0 and not gate.waiting:
            gate.free -= 1
        else:
            await self._wait(gate, run)
        try:
            yield
        finally:
            self._leave(gate)

    async def _wait(self, gate: _Gate, run: str) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gate.waiting.setdefault(run, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave(gate)
            raise

    def _leave(self, gate: _Gate) -> None:
        gate.free += 1
        while gate.waiting and gate.free > 0:
            run, queue = next(iter(gate.waiting.items()))
            place = queue.popleft()
            if queue:
                gate.waiting.move_to_end(run)
            else:
                del gate.waiting[run]
            if not place.done():
                gate.free -= 1
                place.set_result(None)
