"""A person settles a write whose end nobody saw."""

import pytest

from eaa.adapters.memory.slots import MemorySlots
from eaa.domain.effect import Effect, EffectState
from eaa.domain.errors import EffectRefused, InvalidRequest, RunAlive
from eaa.domain.run import Run
from eaa.engine.effects import perform
from eaa.engine.journal import Desk
from eaa.engine.resolving import give_up, resolve_as_done
from tests.support.flow_world import make_desk, stored_run
from tests.unit.engine.test_effects import Outside

WHO = "ann@desk"


class Cut(Exception):
    """The process died here."""


class CutShort(Outside):
    """Dies before it writes, the first time."""

    async def act(self) -> str:
        if not self.acts:
            self.acts += 1
            raise Cut
        return await super().act()


async def left_open() -> tuple[Desk, Run, Effect, CutShort]:
    """Let a write be intended, and its process die."""
    desk = make_desk()
    run, outside = await stored_run(desk), CutShort()
    with pytest.raises(Cut):
        await perform(outside.write(), run=run, desk=desk)
    async with desk.store.begin() as session:
        (effect,) = await session.effects.of_run(run.id)
    return desk, run, effect, outside


async def test_a_write_that_a_person_has_seen_is_not_done_again() -> None:
    desk, run, effect, outside = await left_open()

    await resolve_as_done(effect.id, receipt=" abc ", who=WHO, desk=desk, slots=MemorySlots())

    assert await perform(outside.write(), run=run, desk=desk) == "abc"
    assert outside.acts == 1


async def test_a_write_that_was_given_up_is_never_done_and_says_why() -> None:
    desk, run, effect, outside = await left_open()

    given = await give_up(effect.id, why="wrong branch", who=WHO, desk=desk, slots=MemorySlots())

    assert given.state is EffectState.REFUSED
    with pytest.raises(EffectRefused, match="ann@desk gave it up: wrong branch"):
        await perform(outside.write(), run=run, desk=desk)
    assert outside.acts == 1
    async with desk.store.begin() as session:
        assert [event.type for event in await session.events.of_run(run.id)][-1] == "effect.refused"


async def test_what_is_settled_stays_so() -> None:
    desk, _, effect, _ = await left_open()
    await resolve_as_done(effect.id, receipt="abc", who=WHO, desk=desk, slots=MemorySlots())

    with pytest.raises(InvalidRequest, match="confirmed already"):
        await give_up(effect.id, why="no", who=WHO, desk=desk, slots=MemorySlots())


async def test_nothing_is_settled_without_a_word_or_while_a_process_works_on_the_run() -> None:
    desk, run, effect, _ = await left_open()
    slots = MemorySlots()

    with pytest.raises(InvalidRequest):
        await resolve_as_done(effect.id, receipt=" ", who=WHO, desk=desk, slots=slots)
    assert run.owner_slot is not None
    async with slots.hold(run.owner_slot):
        with pytest.raises(RunAlive):
            await give_up(effect.id, why="no", who=WHO, desk=desk, slots=slots)
