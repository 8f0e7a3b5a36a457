"""Whoever stops a run is told when it has really ended, and how."""

import asyncio
from dataclasses import replace

import pytest

from eaa.adapters.memory.slots import MemorySlots
from eaa.domain.directive import Halt
from eaa.domain.effect import EffectState
from eaa.domain.errors import RunFenced, RunNotFound
from eaa.domain.ids import RunId
from eaa.domain.run import Run, RunState
from eaa.engine.directives import record_halt
from eaa.engine.halting import Ending, halt_run
from eaa.engine.journal import Desk
from eaa.engine.steering import StoredSteering
from tests.makers import make_effect
from tests.support.flow_world import event_types, make_desk, stored_run

STATES = [(Halt.STOPPED, RunState.CANCELLED), (Halt.PAUSED, RunState.WAITING)]


async def obey(run: Run, desk: Desk) -> None:
    """Do what the process of a run does when it hears a halt."""
    halt = await StoredSteering(run.id, store=desk.store).until_halted()
    async with desk.store.begin() as session:
        await session.runs.hold(run.id, generation=run.generation)
        await record_halt(session, run, halt, desk=desk)


@pytest.mark.parametrize(("halt", "state"), STATES)
async def test_a_live_process_is_waited_for(halt: Halt, state: RunState) -> None:
    desk, slots = make_desk(), MemorySlots()
    run = await stored_run(desk)

    async with slots.hold("cli-0"), asyncio.TaskGroup() as group:
        group.create_task(obey(run, desk))
        halted = await halt_run(run.id, halt, desk=desk, slots=slots)

    assert (halted.ending, halted.run.state, halted.run.generation) == (Ending.OBEYED, state, 1)


@pytest.mark.parametrize(("halt", "state"), STATES)
async def test_a_run_without_a_process_is_marked_at_once(halt: Halt, state: RunState) -> None:
    desk = make_desk()
    run = await stored_run(desk)

    halted = await halt_run(run.id, halt, desk=desk, slots=MemorySlots())

    assert (halted.ending, halted.run.state, halted.run.generation) == (Ending.ORPHANED, state, 2)


async def test_a_process_that_does_not_answer_can_write_nothing_any_more() -> None:
    desk, slots = make_desk(), MemorySlots()
    run = await stored_run(desk)

    async with slots.hold("cli-0"):
        halted = await halt_run(run.id, Halt.STOPPED, desk=desk, slots=slots, patience_s=0)

    assert (halted.ending, halted.run.state) == (Ending.UNANSWERED, RunState.CANCELLED)
    with pytest.raises(RunFenced):
        async with desk.store.begin() as session:
            await session.runs.hold(run.id, generation=run.generation)


async def test_a_paused_run_can_be_stopped_and_a_stopped_one_is_over() -> None:
    desk, slots = make_desk(), MemorySlots()
    run = await stored_run(desk)

    await halt_run(run.id, Halt.PAUSED, desk=desk, slots=slots)
    stopped = await halt_run(run.id, Halt.STOPPED, desk=desk, slots=slots)
    paused = await halt_run(run.id, Halt.PAUSED, desk=desk, slots=slots)

    assert (stopped.ending, stopped.run.state) == (Ending.ORPHANED, RunState.CANCELLED)
    assert (paused.ending, paused.run.state) == (Ending.OVER, RunState.CANCELLED)


async def test_a_run_that_ends_well_while_it_is_stopped_has_not_been_stopped() -> None:
    desk, slots = make_desk(), MemorySlots()
    run = await stored_run(desk)

    async def end_well() -> None:
        await StoredSteering(run.id, store=desk.store).until_halted()
        async with desk.store.begin() as session:
            await session.runs.update(replace(run, state=RunState.DONE))

    async with slots.hold("cli-0"), asyncio.TaskGroup() as group:
        group.create_task(end_well())
        halted = await halt_run(run.id, Halt.STOPPED, desk=desk, slots=slots)

    assert (halted.ending, halted.run.state) == (Ending.OVER, RunState.DONE)


@pytest.mark.parametrize("halt", list(Halt))
async def test_a_run_that_has_come_to_its_end_is_not_ended_again(halt: Halt) -> None:
    desk = make_desk()
    done = replace(await stored_run(desk), state=RunState.DONE)
    async with desk.store.begin() as session:
        await session.runs.update(done)

    async with desk.store.begin() as session:
        await session.runs.hold(done.id, generation=done.generation)
        assert await record_halt(session, done, halt, desk=desk) == done

    assert await event_types(desk, done.id) == []


async def test_what_the_run_had_written_outside_comes_with_its_end() -> None:
    desk = make_desk()
    run = await stored_run(desk)
    async with desk.store.begin() as session:
        await session.effects.intend(make_effect(run_id=run.id))

    halted = await halt_run(run.id, Halt.STOPPED, desk=desk, slots=MemorySlots())

    assert [effect.state for effect in halted.effects] == [EffectState.INTENDED]


async def test_nobody_cannot_be_stopped() -> None:
    with pytest.raises(RunNotFound):
        await halt_run(RunId("nobody"), Halt.STOPPED, desk=make_desk(), slots=MemorySlots())
