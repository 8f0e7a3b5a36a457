"""Budgets under any interleaving of calls that are answered, fail or are cancelled."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Finished,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
)
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model_errors import (
    AnswerEmpty,
    ContentFiltered,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnreachable,
    RateLimited,
    StreamCut,
)
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.streaming import stream
from eaa.ports.models import Route
from eaa.ports.orchestrator import Takeover
from tests.support.llm_world import RUN, LlmWorld, ScriptedModels, make_answer, make_ask, make_model, make_world

SCOPE = Scope(ScopeKind.RUN, RUN)
FAULTS: tuple[ModelFault, ...] = (
    ModelUnreachable("refused"),
    ModelOverloaded("503"),
    RateLimited("429", retry_after_s=3.0),
    ModelTimeout(phase="first byte", limit_s=1.0),
    StreamCut("cut"),
    AnswerEmpty("nothing"),
    ContentFiltered("filter"),
)


@dataclass(frozen=True)
class Act:
    """What a model does with one request: after some turns of the loop it answers so many tokens, or fails."""

    turns: int
    fault: int | None
    output_part: float
    """Of the longest answer that it was allowed."""


@dataclass(frozen=True)
class Call:
    """One caller."""

    is_stream: bool
    takeover: Takeover
    is_priced: bool
    cancelled_after: int | None
    """Turns of the loop."""


ACTS = st.builds(
    Act,
    turns=st.integers(0, 4),
    fault=st.none() | st.integers(0, len(FAULTS) - 1),
    output_part=st.floats(0.0, 1.0),
)
CALLS = st.builds(
    Call,
    is_stream=st.booleans(),
    takeover=st.sampled_from(Takeover),
    is_priced=st.booleans(),
    cancelled_after=st.none() | st.integers(0, 12),
)


class HonestModels(ScriptedModels):
    """Never counts more than it was asked for; looks at the budget whenever it is called."""

    def __init__(self, script: list[Act]) -> None:
        super().__init__({})
        self._script = script
        self._next_act = 0
        self.world: LlmWorld | None = None
        self.overdrawn: list[str] = []

    @override
    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        act = await self._begun()
        if act.fault is not None:
            raise _fault(act)
        return replace(make_answer(), usage=_usage(request, act))

    @override
    async def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        act = await self._begun()
        yield Started()
        if act.output_part > 0:
            yield TextDelta("Hello.")
            await asyncio.sleep(0)
        if act.fault is not None:
            raise _fault(act)
        yield Finished(StopReason.END, _usage(request, act))

    async def _begun(self) -> Act:
        act = self._script[self._next_act % len(self._script)]
        self._next_act += 1
        for _ in range(act.turns):
            await asyncio.sleep(0)
        assert self.world is not None
        self.overdrawn += await overdrawn(self.world)
        return act


def _fault(act: Act) -> ModelFault:
    assert act.fault is not None
    known = FAULTS[act.fault]
    return type(known)(phase=known.phase, limit_s=1.0) if isinstance(known, ModelTimeout) else type(known)("scripted")


def _usage(request: CompletionRequest, act: Act) -> TokenUsage:
    part = request.messages[0].parts[0]
    assert isinstance(part, Text)
    most = request.max_output_tokens
    assert most is not None
    return TokenUsage(input_tokens=len(part.text) // 4, output_tokens=int(most * act.output_part))


async def overdrawn(world: LlmWorld) -> list[str]:
    """Return in what the budget holds or has spent more than its limit."""
    budget = await world.budgets.get(DEFAULT_ORGANISATION, SCOPE)
    assert budget is not None
    taken = budget.spent + budget.reserved
    return [] if taken.fits(budget.limit) else [f"{taken} of {budget.limit}"]


async def ask_once(world: LlmWorld, call: Call) -> None:
    ask = make_ask("word " * 40, model="priced" if call.is_priced else "unpriced")
    try:
        if not call.is_stream:
            await complete(ask, desk=world.desk)
            return
        async with aclosing(stream(ask, takeover=call.takeover, desk=world.desk)) as events:
            async for _ in events:
                pass
    except EaaError:
        pass


async def ask_and_leave(world: LlmWorld, call: Call) -> None:
    task = asyncio.create_task(ask_once(world, call))
    if call.cancelled_after is not None:
        for _ in range(call.cancelled_after):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait({task})


async def played(calls: list[Call], script: list[Act], limit: Amount) -> tuple[LlmWorld, list[str]]:
    models = HonestModels(script)
    described = [make_model("priced"), make_model("unpriced", prices=None)]
    world = make_world({}, models=described, patience_s=10.0)
    models.world = world
    world.desk = replace(world.desk, models=models)
    await world.budgets.set_limit(DEFAULT_ORGANISATION, SCOPE, limit)
    await asyncio.gather(*(ask_and_leave(world, call) for call in calls))
    return world, models.overdrawn


@settings(max_examples=60)
@given(
    calls=st.lists(CALLS, min_size=1, max_size=12),
    script=st.lists(ACTS, min_size=1, max_size=12),
    limit=st.builds(Amount, cost_microusd=st.integers(0, 20_000), unpriced_tokens=st.integers(0, 6_000)),
)
def test_nothing_stays_reserved_and_the_limit_holds(calls: list[Call], script: list[Act], limit: Amount) -> None:
    async def run() -> None:
        world, overdrafts = await played(calls, script, limit)

        budget = await world.budgets.get(DEFAULT_ORGANISATION, SCOPE)
        assert budget is not None
        assert budget.reserved == Amount()
        assert await world.budgets.owners() == frozenset()
        assert [*overdrafts, *await overdrawn(world)] == []
        await world.desk.usage.flush()
        rows = list(world.usage_log._rows.values())
        assert sum(row.cost_microusd or 0 for row in rows) == budget.spent.cost_microusd
        assert all(gate.free == 64 for gate in world.desk.gates._gates.values())
        assert all(one.probe_ends_s is None for one in world.desk.health._breakers.values())

    asyncio.run(run())
