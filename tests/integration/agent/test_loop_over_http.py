"""The loop with a model server on a real socket, in each dialect; what the model says is scripted."""

import asyncio
import json
from dataclasses import replace

import pytest

from eaa.adapters.memory.models import ScriptedModels
from eaa.domain.transcript import Compacted, Ended, EndReason, Replied, ToolEnded
from eaa.engine.agent.job import AgentPorts, Outcome
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.loop import run_loop
from tests.loopback.model_wire import Call, Scripted
from tests.support.agent_world import AgentWorld
from tests.support.fault_world import FaultWorld, fault_world
from tests.support.model_worlds import WIRES


def calls(tool: str, number: int = 1, **arguments: object) -> Scripted:
    """Make an answer that calls a tool."""
    return Scripted(text="I go on.", calls=(Call(tool, json.dumps(arguments), id=f"call_{number}"),))


def make_agent() -> AgentWorld:
    return AgentWorld({"a.py": "x = 1\n"}, ScriptedModels(), {"test": lambda _folder: (1, "1 failed")})


async def work(agent: AgentWorld, world: FaultWorld) -> Outcome:
    async with agent.desk.store.begin() as session:
        await session.runs.add(agent.run)
    return await run_loop(agent.job(), ports_of(agent, world.orchestrator))


def ports_of(agent: AgentWorld, orchestrator: LocalOrchestrator) -> AgentPorts:
    return replace(agent.ports(), orchestrator=orchestrator)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_task_is_done_in_every_dialect(wire: str) -> None:
    agent = make_agent()
    async with fault_world(wire, is_alone=True) as world:
        world.first.will_answer(
            calls("read", path="a.py"),
            calls("edit", path="a.py", old="x = 1", new="x = 2"),
            calls("shell", command="test"),
            calls("submit", summary="x is two"),
        )

        outcome = await work(agent, world)

    assert outcome.ended == Ended(EndReason.SUBMITTED, "x is two")
    assert agent.tree(outcome.tree) == {"a.py": "x = 2\n"}
    assert outcome.used.tokens.output_tokens > 0
    assert outcome.used.cost_microusd > 0


@pytest.mark.parametrize("wire", WIRES)
async def test_a_stop_in_the_middle_of_a_stream_closes_it(wire: str) -> None:
    agent = make_agent()
    async with fault_world(wire, is_alone=True) as world:
        world.first.will_fail("stall mid-stream")
        working = asyncio.ensure_future(work(agent, world))
        await world.first.asked.wait()

        agent.steering.stop()
        outcome = await working
        await asyncio.wait_for(world.first.hang_up.wait(), 30)

    assert outcome.ended.why is EndReason.STOPPED
    assert len(world.first.requests) == 1
    assert not any(isinstance(entry, Replied) for entry in await agent.entries())


async def test_malformed_arguments_are_answered_over_the_wire_too() -> None:
    agent = make_agent()
    async with fault_world("openai", is_alone=True) as world:
        broken = Scripted(text="", calls=(Call("shell", '{"command": "tes'),))
        world.first.will_answer(broken, calls("submit", 2, summary="done"))

        outcome = await work(agent, world)

    first = next(entry for entry in await agent.entries() if isinstance(entry, ToolEnded))
    assert outcome.ended.why is EndReason.SUBMITTED
    assert first.is_error
    assert "not JSON" in first.text


async def test_a_conversation_that_the_provider_finds_too_long_is_compacted_and_goes_on() -> None:
    agent = make_agent()
    async with fault_world("openai", is_alone=True) as world:
        steps = [calls("shell", number, command=f"talk {number}") for number in range(1, 5)]
        world.first.will_answer(*steps, calls("submit", 9, summary="done"))
        text = "words about nothing in particular\n" * 100
        agent.programs = {f"talk {number}": lambda _folder: (0, text) for number in range(1, 5)}
        agent.__post_init__()
        world.first.will_fail("gzip", "gzip", "gzip", "gzip", "400 context length")

        outcome = await work(agent, world)

    kinds = [type(entry) for entry in await agent.entries()]
    assert outcome.ended.why is EndReason.SUBMITTED
    assert kinds.count(Compacted) == 1


async def test_a_model_that_is_down_ends_the_loop_with_everything_kept() -> None:
    agent = make_agent()
    async with fault_world("openai", is_alone=True) as world:
        world.first.will_answer(calls("edit", path="a.py", old="x = 1", new="x = 2"))
        world.first.will_fail("gzip", *["503"] * 8)

        outcome = await work(agent, world)

    assert outcome.ended.why is EndReason.FAULT
    assert agent.tree(outcome.tree) == {"a.py": "x = 2\n"}
