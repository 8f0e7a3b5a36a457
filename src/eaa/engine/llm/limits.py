"""How many calls go to a provider at once, shared fairly between runs."""

import asyncio
from dataclasses import dataclass, field

from eaa.domain.model import Provider
from eaa.domain.model_errors import ProviderFull
from eaa.engine.llm.fair_queue import FairQueue

MOST_GATES = 256
MOST_WAITING = 1_000
"""More would wait longer than anybody's patience."""


@dataclass(slots=True)
class _Gate:
    places: int
    free: int
    """While it is above zero, nobody waits."""
    waiting: int = 0
    queue: FairQueue = field(default_factory=FairQueue)


@dataclass(slots=True)
class FairGates:
    """Bulkheads: so many calls at once for each key of a provider, and of these so many for each organisation.

    A provider that hangs fills its own places and its own queue and nothing else. Who waits is let in by turns: run by
    run, or organisation by organisation where a provider has places for each.
    """

    most_waiting: int = MOST_WAITING
    """For one gate; whoever comes then is sent on or away."""
    _gates: dict[str, _Gate] = field(default_factory=dict)

    async def enter(
        self, subject: str, provider: Provider, *, run: str, organisation: str, is_batch: bool = False
    ) -> None:
        """Take a place, waiting for it when all are taken; `leave` gives it back.

        A pair of plain functions and no context manager, because every call to a model passes here.

        Raises:
            ProviderFull: Too many wait already.
        """
        each = provider.parallel_requests_per_organisation
        if each is None:
            await self._enter(subject, provider, provider.parallel_requests, line=run, is_batch=is_batch)
            return
        own = _own(subject, organisation)
        await self._enter(own, provider, each, line=run, is_batch=is_batch)
        try:
            await self._enter(subject, provider, provider.parallel_requests, line=organisation, is_batch=is_batch)
        except BaseException:
            self._leave(self._gates[own])
            raise

    def leave(self, subject: str, provider: Provider, *, organisation: str) -> None:
        """Give a place back."""
        self._leave(self._gates[subject])
        if provider.parallel_requests_per_organisation is not None:
            self._leave(self._gates[_own(subject, organisation)])

    async def _enter(self, subject: str, provider: Provider, at_once: int, *, line: str, is_batch: bool) -> None:
        gate = self._gates.get(subject)
        if gate is None:
            self._forget_the_unused()
            gate = self._gates[subject] = _Gate(places=at_once, free=at_once)
        if gate.free > 0:
            gate.free -= 1
            return
        if gate.waiting >= self.most_waiting:
            raise ProviderFull(provider.name, waiting=gate.waiting)
        gate.waiting += 1
        try:
            await self._wait(gate, line, is_batch=is_batch)
        finally:
            gate.waiting -= 1

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


def _own(subject: str, organisation: str) -> str:
    return f"{subject} of {organisation}"
