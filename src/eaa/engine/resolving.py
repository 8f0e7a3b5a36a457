"""A person settles what became of a write to the outside that the ledger does not know the end of."""

from dataclasses import replace

from eaa.domain.effect import Effect, EffectState
from eaa.domain.errors import InvalidRequest, RunAlive
from eaa.domain.event_data import ConfirmedEffect, RefusedEffect
from eaa.domain.ids import EffectId
from eaa.domain.run import RunState
from eaa.domain.task import origin_of_run
from eaa.engine.codec import encode
from eaa.engine.journal import Desk, event_of_run
from eaa.ports.slots import Slots


async def resolve_as_done(effect_id: EffectId, *, receipt: str, who: str, desk: Desk, slots: Slots) -> Effect:
    """Write that a person has seen a write in the outside; the run goes on with the receipt and does not do it again.

    Raises:
        EffectNotFound: There is no such effect.
        InvalidRequest: It is settled already, or the receipt is empty.
        RunAlive: A process works on its run, and will settle it.
    """
    if not receipt.strip():
        raise InvalidRequest("the receipt is empty", hint="Say what the outside shows: a commit id, an address.")
    return await _settle(
        effect_id, EffectState.CONFIRMED, receipt.strip(), "effect.confirmed", who=who, desk=desk, slots=slots
    )


async def give_up(effect_id: EffectId, *, why: str, who: str, desk: Desk, slots: Slots) -> Effect:
    """Write that a write shall not be done any more; the run ends with these words when it comes to it.

    Raises:
        EffectNotFound: There is no such effect.
        InvalidRequest: It is settled already, or no reason was given.
        RunAlive: A process works on its run, and will settle it.
    """
    if not why.strip():
        raise InvalidRequest("no reason was given", hint="Say why with --why.")
    because = f"{who} gave it up: {why.strip()}"
    return await _settle(effect_id, EffectState.REFUSED, because, "effect.refused", who=who, desk=desk, slots=slots)


async def _settle(
    effect_id: EffectId, state: EffectState, receipt: str, event: str, *, who: str, desk: Desk, slots: Slots
) -> Effect:
    async with desk.store.begin() as session:
        effect = await session.effects.get(effect_id)
        run = await session.runs.get(effect.run_id)
    refuse_settled(effect)
    # One that has ended or waits keeps nobody busy, whoever owned it last.
    if run.state is RunState.RUNNING and run.owner_slot is not None and await slots.is_held(run.owner_slot):
        raise RunAlive(run_id=run.id)
    async with desk.store.begin() as session:
        # Whoever took the run over meanwhile settles it.
        await session.runs.hold(run.id, generation=run.generation)
        effect = await session.effects.get(effect_id)
        refuse_settled(effect)
        settled = replace(effect, state=state, receipt=receipt, updated_at=desk.clock.now())
        await session.effects.update(settled)
        origin = origin_of_run(await session.tasks.get(run.task_id))
        shape = ConfirmedEffect if state is EffectState.CONFIRMED else RefusedEffect
        facts = shape(kind=effect.kind, effect=effect.id, by=who, because=receipt)
        await session.events.add(event_of_run(run, origin, event, encode(facts), desk=desk))
    return settled


def refuse_settled(effect: Effect) -> None:
    """Refuse to settle again what is settled.

    Raises:
        InvalidRequest: It is.
    """
    if effect.state is not EffectState.INTENDED:
        raise InvalidRequest(
            f"effect {effect.id} is {effect.state} already", hint="`eaa effects list --open` shows the open ones."
        )
