"""Stopping and pausing a run from any process, and waiting until it has really ended or waits."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from eaa.domain.directive import DirectiveKind, Halt
from eaa.domain.effect import Effect
from eaa.domain.ids import RunId
from eaa.domain.run import Run, RunState
from eaa.engine.directives import OVER, halt_without_owner, tell
from eaa.engine.journal import Desk
from eaa.ports.slots import Slots

PATIENCE_S = 10.0
"""How long the process that works on a run may take to end it."""
_LOOK_S = 0.05


class Ending(StrEnum):
    """How a run came to its halt."""

    OBEYED = "obeyed"
    """Its process ended everything in flight and wrote so."""
    ORPHANED = "orphaned"
    """No process worked on it any more; it was marked, and its generation raised."""
    UNANSWERED = "unanswered"
    """Its process is alive and did not answer. The run was marked and its generation raised all the same."""
    OVER = "over"
    """It had come to its end before."""


@dataclass(frozen=True, slots=True)
class Halted:
    """A run that does not work any more."""

    run: Run
    ending: Ending
    effects: tuple[Effect, ...]
    """What it has written to the outside, or had begun to write."""


async def halt_run(run_id: RunId, halt: Halt, *, desk: Desk, slots: Slots, patience_s: float = PATIENCE_S) -> Halted:
    """Tell a run to stop or pause, and return when it does not work any more.

    Raises:
        RunNotFound: There is no such run.
    """
    run = await tell(run_id, _directive_of(halt), desk=desk)
    if run.state in OVER:
        return await _halted(run, Ending.OVER, desk)
    deadline_s = desk.clock.monotonic_s() + patience_s
    while True:
        run = await _stored(run_id, desk)
        if _has_obeyed(run, halt):
            return await _halted(run, Ending.OBEYED, desk)
        if run.state in OVER:
            return await _halted(run, Ending.OVER, desk)
        is_alive = run.owner_slot is not None and await slots.is_held(run.owner_slot)
        is_late = desk.clock.monotonic_s() >= deadline_s
        if not is_alive or is_late:
            fenced = await halt_without_owner(run, halt, desk=desk)
            if fenced is not None:
                return await _halted(fenced, Ending.UNANSWERED if is_alive else Ending.ORPHANED, desk)
        await asyncio.sleep(_LOOK_S)


def _directive_of(halt: Halt) -> DirectiveKind:
    match halt:
        case Halt.STOPPED:
            return DirectiveKind.STOP
        case Halt.PAUSED:
            return DirectiveKind.PAUSE
        case _:
            assert_never(halt)


def _has_obeyed(run: Run, halt: Halt) -> bool:
    """Say whether its process has written that it does not work any more: then nobody owns it."""
    state = RunState.CANCELLED if halt is Halt.STOPPED else RunState.WAITING
    return run.state is state and run.owner_slot is None


async def _stored(run_id: RunId, desk: Desk) -> Run:
    async with desk.store.begin() as session:
        return await session.runs.get(run_id)


async def _halted(run: Run, ending: Ending, desk: Desk) -> Halted:
    async with desk.store.begin() as session:
        return Halted(run=run, ending=ending, effects=await session.effects.of_run(run.id))
