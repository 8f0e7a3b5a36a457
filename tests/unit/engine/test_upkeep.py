"""What is old is forgotten, and what hangs is said, by one process at a time."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import pytest
from typing_extensions import override

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.code_host import MemoryCodeHosts
from eaa.adapters.memory.executors import MemoryExecutors
from eaa.adapters.memory.kept_replies import MemoryKeptReplies
from eaa.adapters.memory.slots import MemorySlots
from eaa.domain.effect import EffectState
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId
from eaa.domain.kept_reply import KeptReply
from eaa.domain.old_work import OldWork
from eaa.domain.run import RunState
from eaa.engine.journal import Desk
from eaa.engine.reconciling import Reconciling
from eaa.engine.retention import Forgetting, Keeping
from eaa.engine.upkeep import OPEN_FOR, REPLIES_KEPT, Upkeep
from eaa.ports.retention import Retention
from tests.makers import make_effect, make_run
from tests.support.flow_world import PublishingRepositories, make_desk


class NothingOld(Retention):
    """A database in which nothing is old."""

    @override
    async def old_work(self, *, ended_before: datetime, limit: int) -> OldWork:
        return OldWork()

    @override
    async def forget_work(self, work: OldWork) -> None:
        raise AssertionError("there is none")

    @override
    async def forget_events(
        self, *, before: datetime, types: Collection[str], published: EventId | None, limit: int
    ) -> int:
        return 0


def upkeep(desk: Desk) -> Upkeep:
    forgetting = Forgetting(retention=NothingOld(), store=desk.store, blobs=desk.blobs, keeping=Keeping())
    reconciling = Reconciling(
        desk=desk, slots=MemorySlots(), repositories=PublishingRepositories(), code_hosts=MemoryCodeHosts()
    )
    executors = MemoryExecutors(desk.clock.now)
    return Upkeep(desk=desk, executors=executors, forgetting=forgetting, reconciling=reconciling)


def clock_of(desk: Desk) -> MemoryClock:
    assert isinstance(desk.clock, MemoryClock)
    return desk.clock


async def test_old_replies_are_forgotten_when_it_is_time() -> None:
    desk = make_desk()
    clock = clock_of(desk)
    async with desk.store.begin() as session:
        await session.kept_replies.claim(KeptReply(DEFAULT_ORGANISATION, "old", "f", 201, b"{}", clock.now()))
    await upkeep(desk).do_what_is_due()
    clock.advance(REPLIES_KEPT.total_seconds() + 1)
    async with desk.store.begin() as session:
        await session.kept_replies.claim(KeptReply(DEFAULT_ORGANISATION, "new", "f", 201, b"{}", clock.now()))

    await upkeep(desk).do_what_is_due()

    async with desk.store.begin() as session:
        left = [await session.kept_replies.find(DEFAULT_ORGANISATION, key) for key in ("old", "new")]
    assert [reply is not None for reply in left] == [False, True]


async def test_a_write_hangs_when_nobody_works_on_its_run_for_a_while() -> None:
    desk = make_desk()
    clock = clock_of(desk)
    async with desk.store.begin() as session:
        for number, state in enumerate((RunState.WAITING, RunState.RUNNING, RunState.FAILED)):
            await session.runs.add(replace(make_run(run_id=f"run_{number}"), state=state))
            effect = make_effect(effect_id=f"eff_{number}", run_id=f"run_{number}", state=EffectState.INTENDED)
            await session.effects.intend(replace(effect, updated_at=clock.now()))
    keeping = upkeep(desk)
    await keeping.do_what_is_due()
    fresh = keeping.hanging

    clock.advance(OPEN_FOR.total_seconds())
    await keeping.do_what_is_due()

    assert (fresh, keeping.hanging) == (0, 2)


async def test_a_job_that_fails_keeps_no_other_from_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk()
    keeping = upkeep(desk)

    async def fails(*_: object, **__: object) -> int:
        raise KeyError("nobody foresaw it")

    monkeypatch.setattr(MemoryExecutors, "prune", fails)
    monkeypatch.setattr(MemoryKeptReplies, "forget", fails)
    async with desk.store.begin() as session:
        await session.runs.add(replace(make_run(run_id="run_0"), state=RunState.WAITING))
        effect = make_effect(effect_id="eff_0", run_id="run_0", state=EffectState.INTENDED)
        await session.effects.intend(replace(effect, updated_at=desk.clock.now() - OPEN_FOR))

    await keeping.do_what_is_due()

    assert keeping.hanging == 1
