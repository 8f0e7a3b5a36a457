"""A write to the outside happens once, whatever dies in between."""

from collections.abc import Awaitable, Callable

import pytest

from eaa.domain.directive import DirectiveKind
from eaa.domain.effect import Effect, EffectKind, EffectState
from eaa.domain.errors import EaaError, RunFenced, RunPaused, RunStopped
from eaa.domain.ids import CommitId
from eaa.domain.run import Run
from eaa.engine.directives import tell
from eaa.engine.effects import Write, perform
from eaa.engine.journal import Desk
from eaa.kit.digest import sha256_hex
from tests.support.flow_world import fence, make_desk, stored_run

HEAD = CommitId("c0ffee" + "0" * 34)


def make_write(
    find: Callable[[], Awaitable[str | None]],
    act: Callable[[], Awaitable[str]],
    *,
    kind: EffectKind = EffectKind.COMMENT,
    edits_ci: bool = False,
) -> Write:
    """Make a write that shows HEAD."""
    return Write(kind, "shop", "marker", b"payload", commit=HEAD, edits_ci=edits_ci, find=find, act=act)


class Outside:
    """Something that is written to; it remembers how often it was looked at and written."""

    def __init__(self, receipt: str | None = None) -> None:
        self.receipt = receipt
        self.looks = 0
        self.acts = 0

    async def find(self) -> str | None:
        self.looks += 1
        return self.receipt

    async def act(self) -> str:
        self.acts += 1
        self.receipt = f"receipt {self.acts}"
        return self.receipt

    def write(self) -> Write:
        return make_write(self.find, self.act)


async def ledger(desk: Desk, run: Run) -> tuple[Effect, ...]:
    """Return the run's effects."""
    async with desk.store.begin() as session:
        return await session.effects.of_run(run.id)


async def test_what_is_absent_is_done_once_and_receipted() -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk)

    receipts = [await perform(outside.write(), run=run, desk=desk) for _ in range(2)]

    (effect,) = await ledger(desk, run)
    assert receipts == ["receipt 1", "receipt 1"]
    assert (outside.looks, outside.acts) == (1, 1)
    assert (effect.state, effect.receipt) == (EffectState.CONFIRMED, "receipt 1")
    assert effect.payload_sha256 == sha256_hex(b"payload")


async def test_what_the_outside_shows_already_is_confirmed_without_acting() -> None:
    desk, outside = make_desk(), Outside("was there")
    run = await stored_run(desk)

    assert await perform(outside.write(), run=run, desk=desk) == "was there"

    (effect,) = await ledger(desk, run)
    assert outside.acts == 0
    assert effect.state is EffectState.CONFIRMED


async def test_the_intent_is_stored_before_the_act() -> None:
    desk, states = make_desk(), list[EffectState]()
    run = await stored_run(desk)

    class Watching(Outside):
        async def act(self) -> str:
            states.extend(effect.state for effect in await ledger(desk, run))
            return await super().act()

    await perform(Watching().write(), run=run, desk=desk)

    assert states == [EffectState.INTENDED]


async def test_after_a_death_between_act_and_confirmation_the_write_is_found() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    class Dying(Outside):
        async def act(self) -> str:
            await super().act()
            raise ConnectionError

    outside = Dying()
    with pytest.raises(ConnectionError):
        await perform(outside.write(), run=run, desk=desk)
    (left_open,) = await ledger(desk, run)

    receipt = await perform(outside.write(), run=run, desk=desk)

    (effect,) = await ledger(desk, run)
    assert left_open.state is EffectState.INTENDED
    assert receipt == "receipt 1"
    assert outside.acts == 1
    assert (effect.id, effect.state) == (left_open.id, EffectState.CONFIRMED)


async def test_a_fenced_process_neither_intends_nor_acts() -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk)
    await fence(desk, run.id)

    with pytest.raises(RunFenced):
        await perform(outside.write(), run=run, desk=desk)

    assert (outside.looks, outside.acts) == (0, 0)
    assert await ledger(desk, run) == ()


async def test_a_process_fenced_while_acting_leaves_the_intent_to_its_successor() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    class Slow(Outside):
        async def act(self) -> str:
            await fence(desk, run.id)
            return await super().act()

    with pytest.raises(RunFenced):
        await perform(Slow().write(), run=run, desk=desk)

    (effect,) = await ledger(desk, run)
    assert (effect.state, effect.receipt) == (EffectState.INTENDED, None)


async def test_who_was_fenced_while_looking_does_not_act() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    class Slow(Outside):
        async def find(self) -> str | None:
            await fence(desk, run.id)
            return await super().find()

    outside = Slow()
    with pytest.raises(RunFenced):
        await perform(outside.write(), run=run, desk=desk)

    assert outside.acts == 0


@pytest.mark.parametrize(("kind", "error"), [(DirectiveKind.STOP, RunStopped), (DirectiveKind.PAUSE, RunPaused)])
async def test_after_a_stop_or_a_pause_nothing_is_intended_or_done(kind: DirectiveKind, error: type[EaaError]) -> None:
    desk, outside = make_desk(), Outside()
    run = await stored_run(desk)
    await tell(run.id, kind, desk=desk)

    with pytest.raises(error):
        await perform(outside.write(), run=run, desk=desk)

    assert (outside.looks, outside.acts) == (0, 0)
    assert await ledger(desk, run) == ()


async def test_a_stop_during_the_look_leaves_the_act_undone() -> None:
    desk = make_desk()
    run = await stored_run(desk)

    class Slow(Outside):
        async def find(self) -> str | None:
            await tell(run.id, DirectiveKind.STOP, desk=desk)
            return await super().find()

    outside = Slow()
    with pytest.raises(RunStopped):
        await perform(outside.write(), run=run, desk=desk)

    assert outside.acts == 0
