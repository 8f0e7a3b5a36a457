"""Telling a run something, and ending or pausing it because somebody said so.

Who tells holds the run's row, and so does who is about to write to the outside: after a stop was recorded, nothing more
is written there. Everything else follows: the process that works on the run notices (`engine/steering.py`), and a run
whose process is gone is ended by whoever said so, with its generation raised.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from eaa.domain.directive import TEXT_LIMIT_CHARACTERS, Directive, DirectiveKind, Halt, halt_of, taking_of
from eaa.domain.effect import Effect, EffectState
from eaa.domain.errors import InvalidRequest, RunFenced, RunPaused, RunStopped
from eaa.domain.event_data import RunHalted
from eaa.domain.ids import RunId
from eaa.domain.parked import WorkspaceTaken
from eaa.domain.plain_text import require_plain
from eaa.domain.run import Run, RunState
from eaa.domain.taking import Taken
from eaa.domain.task import origin_of_run
from eaa.engine.codec import decode, encode
from eaa.engine.journal import Desk, event_of_run
from eaa.ports.store import Session

OVER = frozenset({RunState.DONE, RunState.CANCELLED})
"""Nothing goes on from there. A run that failed can be resumed."""


async def tell(run_id: RunId, kind: DirectiveKind, text: str = "", *, desk: Desk) -> Run:
    """Tell a run something and return it as it is then; one that is over is told nothing.

    Raises:
        RunNotFound: There is no such run.
        InvalidRequest: The text is too long, or cannot be kept.
    """
    async with desk.store.begin() as session:
        return await tell_in(session, run_id, kind, text, desk=desk)


async def tell_in(session: Session, run_id: RunId, kind: DirectiveKind, text: str = "", *, desk: Desk) -> Run:
    """Do what `tell` does in a transaction that is open already."""
    if len(text) > TEXT_LIMIT_CHARACTERS:
        raise InvalidRequest(
            f"that is longer than {TEXT_LIMIT_CHARACTERS} characters", hint="Say it shorter, or put it into a file."
        )
    require_plain("the text", text)
    run = await _hold_as_it_is(session, run_id)
    if run.state not in OVER:
        await add_directive(session, run, kind, text, desk=desk)
    return run


async def add_directive(session: Session, run: Run, kind: DirectiveKind, text: str = "", *, desk: Desk) -> None:
    """Add a directive to a run that this transaction holds."""
    told = await session.directives.of_run(run.id)
    await session.directives.add(
        Directive(
            organisation_id=run.organisation_id,
            run_id=run.id,
            sequence=len(told) + 1,
            kind=kind,
            text=text,
            created_at=desk.clock.now(),
        )
    )


async def refuse_halted(session: Session, run_id: RunId) -> None:
    """Let nothing go on that a person has ended or paused; the transaction holds the run.

    Raises:
        RunStopped: A person stopped it.
        RunPaused: A person paused it.
    """
    match halt_of(await session.directives.of_run(run_id)):
        case Halt.STOPPED:
            raise RunStopped(run_id=run_id)
        case Halt.PAUSED:
            raise RunPaused(run_id=run_id)


def refuse_taken(run_id: RunId, directives: Sequence[Directive]) -> None:
    """Let nobody work on a run whose workspace a person has.

    Raises:
        WorkspaceTaken: A person has it.
    """
    taking = taking_of(directives)
    if taking is not None:
        taken = decode(taking.text.encode(), Taken)
        raise WorkspaceTaken(run_id=run_id, who=taken.who, folder=taken.folder)


async def record_halt(session: Session, run: Run, halt: Halt, *, desk: Desk) -> Run:
    """Write that a run has been stopped or waits, and return it; the transaction holds it with this generation.

    One that came to its end first stays as it ended.
    """
    stored = await session.runs.get(run.id)
    if stored.state in OVER:
        return stored
    state = RunState.CANCELLED if halt is Halt.STOPPED else RunState.WAITING
    halted = replace(stored, state=state, owner_slot=None, updated_at=desk.clock.now())
    await session.runs.update(halted)
    facts = RunHalted(state=state, verdict=stored.verdict)
    name = "run.ended" if halt is Halt.STOPPED else "run.paused"
    origin = origin_of_run(await session.tasks.get(run.task_id))
    await session.events.add(event_of_run(run, origin, name, encode(facts), desk=desk))
    return halted


async def halt_without_owner(seen: Run, halt: Halt, *, desk: Desk) -> Run | None:
    """End or pause a run in place of its process, whose later writes are refused from then on.

    Args:
        seen: The run as it was when its process was found to be gone.
        halt: What was said.
        desk: Where runs are kept.

    Returns:
        The run as it is then, or None when somebody else took it over or it came to its end meanwhile.
    """
    async with desk.store.begin() as session:
        try:
            await session.runs.hold(seen.id, generation=seen.generation)
        except RunFenced:
            return None
        stored = await session.runs.get(seen.id)
        if stored.state in OVER:
            return None
        fenced = await session.runs.take_over(seen.id, owner_slot=seen.owner_slot or "")
        return await record_halt(session, fenced, halt, desk=desk)


def outside_of(effects: Sequence[Effect]) -> str:
    """Return in words what a run has written to the outside."""
    done = [_named(one) for one in effects if one.state is EffectState.CONFIRMED]
    begun = [_named(one) for one in effects if one.state is EffectState.INTENDED]
    parts = [f"already written outside: {', '.join(done)}"] if done else []
    if begun:
        parts.append(f"this was under way, look whether it came through: {', '.join(begun)}")
    return "; ".join(parts) or "nothing was published"


def _named(effect: Effect) -> str:
    return f"{effect.kind} {effect.marker} in {effect.target}"


async def _hold_as_it_is(session: Session, run_id: RunId) -> Run:
    """Hold a run whatever its generation is, and return it."""
    while True:
        run = await session.runs.get(run_id)
        with suppress(RunFenced):
            await session.runs.hold(run_id, generation=run.generation)
            return await session.runs.get(run_id)
