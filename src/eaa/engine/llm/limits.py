"""How many calls go to a provider at once, shared fairly between runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from eaa.engine.llm.fair_queue import FairQueue


@dataclass(slots=True)
class _Gate:
    free: int
    """While it is above zero, nobody waits."""
    queue: FairQueue = field(default_factory=FairQueue)


@dataclass(slots=True)
class FairGates:
    """Lets a number of calls through at once for each subject; who waits is let in run by run, in turn."""

    _gates: dict[str, _Gate] = field(default_factory=dict)

    @asynccontextmanager
    async def passing(self, subject: str, *, at_once: int, run: str, is_batch: bool = False) -> AsyncIterator[None]:
        """Hold one of `at_once` places for the time of the block."""
        gate = self._gates.get(subject)
        if gate is None:
            gate = self._gates[subject] = _Gate(free=at_once)
        if gate.free > 0:
            gate.free -= 1
        else:
            await self._wait(gate, run, is_batch=is_batch)
        try:
            yield
        finally:
            self._leave(gate)

    async def _wait(self, gate: _Gate, run: str, *, is_batch: bool) -> None:
        place = gate.queue.join(run, is_batch=is_batch).place
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave(gate)
            raise

    def _leave(self, gate: _Gate) -> None:
        gate.free += 1
        while gate.free > 0 and (waiter := gate.queue.take()) is not None:
            gate.free -= 1
            waiter.place.set_result(None)
