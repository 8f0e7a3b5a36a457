"""What every effects ledger promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.effect import EffectKind, EffectState
from eaa.domain.errors import EffectNotFound
from eaa.domain.ids import EffectId, OrganisationId, RunId
from eaa.ports.store import Store
from tests.makers import NOON, make_effect


async def test_an_intent_is_recorded_once(store: Store) -> None:
    async with store.begin() as session:
        first = await session.effects.intend(make_effect(effect_id="eff_1"))
    async with store.begin() as session:
        again = await session.effects.intend(make_effect(effect_id="eff_2"))

    assert first == again == make_effect(effect_id="eff_1")
    async with store.begin() as session:
        assert await session.effects.of_run(RunId("run_1")) == (first,)


async def test_many_intents_of_the_same_write_at_once_are_one(store: Store) -> None:
    async def intend(number: int) -> str:
        async with store.begin() as session:
            return (await session.effects.intend(make_effect(effect_id=f"eff_{number}"))).id

    assert len(set(await asyncio.gather(*map(intend, range(6))))) == 1


async def test_an_effect_is_found_by_run_kind_and_marker(store: Store) -> None:
    effect = make_effect(kind=EffectKind.COMMENT, marker="run_1/plan")
    async with store.begin() as session:
        await session.effects.intend(effect)

    async with store.begin() as session:
        found = await session.effects.find(effect.run_id, effect.kind, effect.marker)
        other_kind = await session.effects.find(effect.run_id, EffectKind.OPEN_PULL_REQUEST, effect.marker)
        other_run = await session.effects.find(RunId("run_2"), effect.kind, effect.marker)

    assert (found, other_kind, other_run) == (effect, None, None)


async def test_a_confirmation_keeps_the_receipt(store: Store) -> None:
    confirmed = make_effect(state=EffectState.CONFIRMED, receipt="a" * 40)
    async with store.begin() as session:
        await session.effects.intend(make_effect())
    async with store.begin() as session:
        await session.effects.update(confirmed)

    async with store.begin() as session:
        assert await session.effects.of_run(RunId("run_1")) == (confirmed,)


async def test_an_update_changes_only_state_receipt_and_time(store: Store) -> None:
    later = NOON + timedelta(seconds=1)
    async with store.begin() as session:
        await session.effects.intend(make_effect())
    async with store.begin() as session:
        changed = replace(
            make_effect(state=EffectState.REFUSED), target="elsewhere", created_at=later, updated_at=later
        )
        await session.effects.update(changed)

    async with store.begin() as session:
        (stored,) = await session.effects.of_run(RunId("run_1"))
    assert stored == replace(make_effect(state=EffectState.REFUSED), updated_at=later)


async def test_a_confirmed_effect_never_changes_again(store: Store) -> None:
    confirmed = make_effect(state=EffectState.CONFIRMED, receipt="a" * 40)
    async with store.begin() as session:
        await session.effects.intend(confirmed)

    async with store.begin() as session:
        await session.effects.update(confirmed)
    with pytest.raises(ValueError, match="eff_1"):
        async with store.begin() as session:
            await session.effects.update(replace(confirmed, receipt="b" * 40))

    async with store.begin() as session:
        assert await session.effects.of_run(RunId("run_1")) == (confirmed,)


async def test_an_effect_that_was_never_intended_cannot_be_updated(store: Store) -> None:
    async with store.begin() as session:
        with pytest.raises(ValueError, match="eff_7"):
            await session.effects.update(make_effect(effect_id="eff_7"))


async def test_effects_of_a_run_come_oldest_first(store: Store) -> None:
    second = make_effect(effect_id="eff_2", marker="b", created_at=NOON + timedelta(seconds=1))
    first = make_effect(effect_id="eff_1", marker="a")
    async with store.begin() as session:
        for effect in (second, first, make_effect(effect_id="eff_3", run_id="run_2")):
            await session.effects.intend(effect)

    async with store.begin() as session:
        assert await session.effects.of_run(RunId("run_1")) == (first, second)


async def test_effects_are_found_by_id_and_listed_by_state_newest_first(store: Store) -> None:
    async with store.begin() as session:
        for number in range(1, 4):
            await session.effects.intend(replace(make_effect(marker=f"m{number}"), id=EffectId(f"eff_{number}")))
        second = await session.effects.get(EffectId("eff_2"))
        await session.effects.update(replace(second, state=EffectState.CONFIRMED, receipt="abc"))

    async with store.begin() as session:
        ours, intended = second.organisation_id, {EffectState.INTENDED}
        open_ones = await session.effects.newest(ours, states=intended, limit=9)
        newest = await session.effects.newest(ours, states=set(EffectState), limit=2)
        others = await session.effects.newest(OrganisationId("org_other"), states=intended, limit=9)
        with pytest.raises(EffectNotFound):
            await session.effects.get(EffectId("nobody"))

    assert [effect.id for effect in open_ones] == ["eff_3", "eff_1"]
    assert [effect.id for effect in newest] == ["eff_3", "eff_2"]
    assert others == ()
