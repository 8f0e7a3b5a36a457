"""Writes to the outside, once: intend, look it up, act only when it is absent, record the receipt.

Whether a run may do a write is decided where its intent is written, by a table and by what people approved.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import ApprovalMissing, EffectRefused
from eaa.domain.event_data import RefusedEffect
from eaa.domain.ids import CommitId, EffectId
from eaa.domain.origin import Origin
from eaa.domain.permission import Permission, permission
from eaa.domain.run import Run
from eaa.domain.task import origin_of_run
from eaa.engine.approvals import is_approved
from eaa.engine.codec import encode
from eaa.engine.directives import refuse_halted
from eaa.engine.journal import Desk, event_of_run
from eaa.kit.digest import sha256_hex
from eaa.ports.store import Session


@dataclass(frozen=True, slots=True)
class Write:
    """A write to the outside and how to find it again."""

    kind: EffectKind
    target: str
    marker: str
    payload: bytes
    commit: CommitId
    """What the outside gets to see by it; a person approves this."""
    edits_ci: bool
    """Whether that changes files that continuous integration runs."""
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
        ApprovalMissing: A person has to approve it first; nothing was written.
        EffectRefused: A run of this origin may not do it; nothing was written, and the ledger says so.
    """
    effect = await _intend(write, run=run, desk=desk)
    if effect.state is EffectState.REFUSED:
        raise EffectRefused(kind=write.kind, because=effect.receipt or _because(write, effect.origin))
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
    """Write the intent and return it; one that may not be is written as refused."""
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        await refuse_halted(session, run.id)
        known = await session.effects.find(run.id, write.kind, write.marker)
        if known is not None and known.state is EffectState.CONFIRMED:
            return known
        origin = origin_of_run(await session.tasks.get(run.task_id))
        effect = _effect(write, origin, await _state(write, origin, run, session), run=run, desk=desk)
        if effect.state is EffectState.REFUSED and known is None:
            data = encode(RefusedEffect(kind=write.kind, commit=write.commit, because=effect.receipt))
            await session.events.add(event_of_run(run, origin, "effect.refused", data, desk=desk))
        if effect.state is EffectState.REFUSED and known is not None:
            # An intent of before it was refused is never acted on again.
            refused = replace(known, state=effect.state, receipt=effect.receipt, updated_at=effect.updated_at)
            await session.effects.update(refused)
            return refused
        return await session.effects.intend(effect)


async def _state(write: Write, origin: Origin, run: Run, session: Session) -> EffectState:
    """Return what becomes of an intent.

    Raises:
        ApprovalMissing: A person has to say yes first.
    """
    needed = permission(write.kind, origin, edits_ci=write.edits_ci)
    if needed is Permission.REFUSED:
        return EffectState.REFUSED
    if not await is_approved(needed, write.commit, run_id=run.id, session=session):
        because = _because(write, origin)
        raise ApprovalMissing(kind=write.kind, run_id=run.id, commit=write.commit, because=because)
    return EffectState.INTENDED


def _because(write: Write, origin: Origin) -> str:
    made_from = f"the request comes from: {origin}"
    if not write.edits_ci:
        return made_from
    edits = "the change edits files that continuous integration runs"
    return edits if origin is Origin.MEMBER else f"{edits}, and {made_from}"


def _effect(write: Write, origin: Origin, state: EffectState, *, run: Run, desk: Desk) -> Effect:
    now = desk.clock.now()
    return Effect(
        id=EffectId(desk.ids.new("eff")),
        organisation_id=run.organisation_id,
        run_id=run.id,
        kind=write.kind,
        target=write.target,
        marker=write.marker,
        payload_sha256=sha256_hex(write.payload),
        state=state,
        receipt=_because(write, origin) if state is EffectState.REFUSED else None,
        created_at=now,
        updated_at=now,
        origin=origin,
    )
