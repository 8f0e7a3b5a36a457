"""Writes to the outside, once: intend, look it up, act only when it is absent, record the receipt."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.ids import EffectId
from eaa.domain.run import Run
from eaa.engine.directives import refuse_halted
from eaa.engine.journal import Desk
from eaa.kit.digest import sha256_hex


@dataclass(frozen=True, slots=True)
class Write:
    """A write to the outside and how to find it again."""

    kind: EffectKind
    target: str
    marker: str
    payload: bytes
    find: Callable[[], Awaitable[str | None]]
    """The receipt of the write if the outside shows it already."""
    act: Callable[[], Awaitable[str]]
    """Does it and returns the receipt."""


async def perform(write: Write, *, run: Run, desk: Desk) -> str:
    """Do a write at most once, whatever dies in between, and return its receipt.

    An intent that was left open is looked up in the outside before anything is done again.

    Raises:
        RunFenced: Another process has taken the run over; nothing was written.
        RunStopped: A person stopped the run; nothing was written.
        RunPaused: A person paused it; nothing was written.
    """
    effect = await _intend(write, run=run, desk=desk)
    if effect.state is EffectState.CONFIRMED and effect.receipt is not None:
        return effect.receipt
    receipt = await write.find()
    if receipt is None:
        # The look may have taken long: meanwhile somebody may have taken the run over, or stopped it.
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=run.generation)
            await refuse_halted(session, run.id)
        receipt = await write.act()
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        await session.effects.update(
            replace(effect, state=EffectState.CONFIRMED, receipt=receipt, updated_at=desk.clock.now())
        )
    return receipt


async def _intend(write: Write, *, run: Run, desk: Desk) -> Effect:
    now = desk.clock.now()
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        await refuse_halted(session, run.id)
        return await session.effects.intend(
            Effect(
                id=EffectId(desk.ids.new("eff")),
                organisation_id=run.organisation_id,
                run_id=run.id,
                kind=write.kind,
                target=write.target,
                marker=write.marker,
                payload_sha256=sha256_hex(write.payload),
                state=EffectState.INTENDED,
                receipt=None,
                created_at=now,
                updated_at=now,
            )
        )
