"""How many calls go to a provider at once, shared fairly between runs."""

import asyncio
from dataclasses import dataclass, field

from eaa.engine.llm.fair_queue import FairQueue

MOST_GATES = 256


@dataclass(slots=True)
class _Gate:
    places: int
    free: int
    """While it is above zero, nobody waits."""
    queue: FairQueue = field(default_factory=FairQueue)


@dataclass(slots=True)
class FairGates:
    """Lets a number of calls through at once for each subject; who waits is let in run by run, in turn."""

    _gates: dict[str, _Gate] = field(default_factory=dict)

    async def enter(self, subject: str, *, at_once: int, run: str, is_batch: bool = False) -> None:
        """Take one of `at_once` places, waiting for it when all are taken; `leave` gives it back.

        A pair of plain functions and no context manager, because every call to a model passes here.
        """
        gate = self._gates.get(subject)
        if gate is None:
            self._forget_the_unused()
            gate = self._gates[subject] = _Gate(places=at_once, free=at_once)
        if gate.free > 0:
            gate.free -= 1
        else:
            await self._wait(gate, run, is_batch=is_batch)

    def leave(self, subject: str) -> None:
        """Give a place back."""
        self._leave(self._gates[subject])

    def _forget_the_unused(self) -> None:
        """Drop gates that nobody holds, once there are many: short-lived keys come and go."""
        if len(self._gates) >= MOST_GATES:
            self._gates = {name: gate for name, gate in self._gates.items() if gate.free < gate.places}

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
