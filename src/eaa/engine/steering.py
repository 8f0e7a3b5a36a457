"""People's words on their way to a run that works: a look at the database five times a second.

A look is one small read. Nothing has to be open between the process that says something and the one that works: they
may run on different machines, and either may die at any moment.
"""

import asyncio
from contextlib import suppress
from typing import Any

from typing_extensions import override

from eaa.domain.directive import WORDS, Directive, DirectiveKind, Halt, halt_of
from eaa.domain.errors import (
    DatabaseUnreachable,
    DiskFull,
    RunFenced,
    RunPaused,
    RunStopped,
    WorkflowCancelled,
)
from eaa.domain.ids import RunId
from eaa.domain.run import Run
from eaa.domain.taking import HandedBack
from eaa.domain.transcript import ByHand, Told, Voice
from eaa.engine.agent.output import visible
from eaa.engine.codec import decode
from eaa.engine.directives import outside_of, record_halt
from eaa.engine.journal import Desk
from eaa.ports.steering import Steering
from eaa.ports.store import Store
from eaa.ports.workflow import Workflows

LOOK_S = 0.2
"""Between two looks; a stop is noticed within this time and the look itself."""
OUTSIDE_ANSWER = "Your question was answered, by a program or an outsider and by no member of the project:\n"


class StoredSteering(Steering):
    """Hears what any process has written down for a run."""

    def __init__(self, run_id: RunId, *, store: Store) -> None:
        self._run_id = run_id
        self._store = store

    @override
    async def said(self) -> tuple[Told, ...]:
        return tuple(_told(directive) for directive in await self._directives() if directive.kind in WORDS)

    @override
    async def until_stopped(self) -> None:
        # A pause ends the step from outside and leaves no trace in the conversation, which goes on after it.
        await self._until({Halt.STOPPED})

    async def until_halted(self) -> Halt:
        """Return when the run shall stop or pause, and which; at once when that was said already."""
        return await self._until(set(Halt))

    async def halt(self) -> Halt | None:
        """Return whether the run shall stop or pause now."""
        return halt_of(await self._directives())

    async def _until(self, wanted: set[Halt]) -> Halt:
        while True:
            # A database that is away for a moment ends nothing here; the run's own writes will tell.
            with suppress(DatabaseUnreachable, DiskFull):
                halt = await self.halt()
                if halt in wanted:
                    return halt
            await asyncio.sleep(LOOK_S)

    async def _directives(self) -> tuple[Directive, ...]:
        async with self._store.begin() as session:
            return await session.directives.of_run(self._run_id)


async def heeded_result(run: Run, *, desk: Desk, workflows: Workflows) -> bytes:
    """Return what a run's workflow ends with, and let people end or pause it before.

    Raises:
        RunStopped: A person stopped it. What was in flight is dead, and the run is cancelled.
        RunPaused: A person paused it. What was in flight is dead, and the run waits.
        EaaError: What the workflow ended with.
    """
    steering = StoredSteering(run.id, store=desk.store)
    result = asyncio.ensure_future(workflows.result(run.id))
    halted = asyncio.ensure_future(steering.until_halted())
    try:
        await asyncio.wait({result, halted}, return_when=asyncio.FIRST_COMPLETED)
        if not result.done():
            # A fault of the watch itself is nobody's wish to stop.
            halted.result()
            await workflows.cancel(run.id)
        # The result of a cancelled workflow is told when its last command is dead.
        return await result
    except (WorkflowCancelled, RunStopped, RunPaused, RunFenced):
        halt = await steering.halt()
        if halt is None:
            raise
        raise await _halted(run, halt, desk=desk) from None
    finally:
        await _over(halted)
        await _over(result)


async def _halted(run: Run, halt: Halt, *, desk: Desk) -> RunStopped | RunPaused:
    """Write that the run does not work any more and return the words for it."""
    # Whoever said so may have lost patience and written that himself.
    with suppress(RunFenced):
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=run.generation)
            await record_halt(session, run, halt, desk=desk)
    async with desk.store.begin() as session:
        outside = outside_of(await session.effects.of_run(run.id))
    kind = RunStopped if halt is Halt.STOPPED else RunPaused
    return kind(run_id=run.id, outside=outside)


async def _over(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


def _told(directive: Directive) -> Told:
    key = f"directive {directive.sequence}"
    if directive.kind is DirectiveKind.HAND_BACK:
        handed = decode(directive.text.encode(), HandedBack)
        by_hand = ByHand(handed.context, handed.tree, handed.paths, is_done=handed.is_done)
        return Told(Voice.PERSON, handed.words, key=key, by_hand=by_hand)
    if directive.kind is DirectiveKind.OUTSIDE_ANSWER:
        return Told(Voice.SYSTEM, OUTSIDE_ANSWER + _quoted(directive.text), key=key)
    is_answer = directive.kind is DirectiveKind.ANSWER
    text = f"The answer to your question: {directive.text}" if is_answer else directive.text
    return Told(Voice.PERSON, text, key=key)


def _quoted(text: str) -> str:
    """Return a text with a mark before each of its lines, so that none of them can pass for ours."""
    return "\n".join(f"> {line}" for line in visible(text).splitlines())
