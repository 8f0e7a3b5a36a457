"""A stop in the middle of a model's answer closes the stream upstream, and nothing is asked after it."""

import asyncio
from dataclasses import replace

import pytest

from eaa.domain.ask import Account
from eaa.domain.directive import DirectiveKind
from eaa.domain.transcript import EndReason, Replied
from eaa.engine.directives import tell
from eaa.engine.loop import run_loop
from eaa.engine.steering import StoredSteering
from tests.loopback.model_wire import Scripted
from tests.support.agent_world import world
from tests.support.fault_table import DIALECTS
from tests.support.fault_world import RUN, fault_world


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_stop_in_the_middle_of_a_stream_hangs_up_and_ends_the_loop(dialect: str) -> None:
    agent = world()
    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    steering = StoredSteering(agent.run.id, store=agent.desk.store)
    async with fault_world(dialect, is_alone=True) as models:
        models.first.will_answer(Scripted(text="One two three four five six seven eight nine ten eleven twelve."))
        models.first.will_fail("stall mid-stream")
        ports = replace(agent.ports(), orchestrator=models.orchestrator, steering=steering)
        working = asyncio.create_task(run_loop(replace(agent.job(), account=Account(run_id=RUN)), ports))
        await models.first.asked.wait()

        await tell(agent.run.id, DirectiveKind.STOP, desk=agent.desk)

        outcome = await working
        await models.first.hang_up.wait()
        assert outcome.ended.why is EndReason.STOPPED
        assert len(models.first.requests) == 1
        assert not any(isinstance(entry, Replied) for entry in await agent.entries())
        assert await models.leaks() == []
