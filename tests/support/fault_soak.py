"""Many callers, and providers that fail at random: each call is answered once, or fails with an error that says why."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.cooldowns import MemoryCooldowns
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.models.http_models import open_models
from eaa.domain.catalogue import Catalogue
from eaa.domain.completion import Finished, Restarted, TextDelta
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import Deadlines, Provider
from eaa.domain.model_usage import ModelUsage
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.health import Health
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.orchestrator import Takeover
from tests.loopback.model_faults import FAULTS
from tests.loopback.model_sending import Sender
from tests.loopback.model_wire import Received, Scripted
from tests.loopback.models import LoopbackModels, serving_models
from tests.support.fault_world import LIMIT, SCOPE, AddingLog, FaultWorld, sampled_ask
from tests.support.llm_world import CHEAP, ListedKeys, make_model
from tests.support.model_worlds import WIRES

DIALECTS = ("openai", "anthropic", "gemini")
RARE = frozenset({"401", "401 that shows the key", "402", "403", "404 model"})
"""These take a key or a model out of use for long."""
_DEADLINES = Deadlines(connect_s=10.0, first_byte_s=0.4, idle_s=0.4, total_s=20.0)
_FAULT_PART = 0.5
_RARE_PART = 0.004
_LEFT_PART = 0.05
"""So many calls are cancelled on their way."""
_MOST_TURNS = 300
"""Of the event loop, before a call is cancelled."""
_BETWEEN_CALLS_S = 10.0
"""The engine's clock goes on by so much with each call, so that what is cooling comes back."""
_KEYS = ("sk-one", "sk-two", "sk-three")
_OVERLAP = 16
_ASKED = re.compile(rb"Question (\d+)\.")


def answer_to(number: int) -> str:
    """Return the one right answer to a question. Its first word is long, so that any beginning of it is told apart."""
    return f"Incontrovertibly, the answer to question {number} is {number * number}, from its first word to the last."


class RandomModels(LoopbackModels):
    """Answers rightly, or has a fault of the table, as chance wants it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(keys=_KEYS)
        self._chance = chance
        self._usual = sorted(set(FAULTS) - RARE)
        self.faults: Counter[str] = Counter()

    @override
    async def _answer(self, received: Received, sender: Sender) -> bool:
        self.journal.requests.clear()
        found = _ASKED.search(received.body)
        assert found is not None
        whole = answer_to(int(found[1]))
        said = next((n for n in range(len(whole), _OVERLAP, -1) if whole[:n].encode() in received.body), 0)
        # Asked to go on, models like to repeat a little.
        self._answers = [Scripted(text=whole[max(0, said - _OVERLAP) :])]
        self._faults = [FAULTS[name]] if (name := self._fault()) else []
        return await super()._answer(received, sender)

    def _fault(self) -> str:
        chance = self._chance.random()
        if chance > _FAULT_PART:
            return ""
        name = self._chance.choice(sorted(RARE) if chance < _RARE_PART else self._usual)
        self.faults[name] += 1
        return name


class ForgetfulLog(AddingLog):
    """Adds up and forgets, so that a long soak shows only what others keep."""

    @override
    async def add(self, rows: tuple[ModelUsage, ...]) -> None:
        await super().add(rows)
        self._rows.clear()


@dataclass
class Soaked:
    """What came of a soak."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """`answered`, `cancelled`, or the code of an error."""
    faults: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)


async def soak(
    *,
    callers: int,
    seed: int,
    goes_on: Callable[[int], bool],
    looked_at: Callable[[int], None] = lambda _: None,
) -> Soaked:
    """Let callers ask until `goes_on(number of calls so far)` is false, then look for what is left behind.

    Args:
        callers: How many ask at the same time.
        seed: Of everything that chance decides.
        goes_on: Asked before each call.
        looked_at: Told the number of each call, for whoever measures.
    """
    before = asyncio.all_tasks()
    soaked = Soaked()
    async with _soak_world(random.Random(seed)) as (world, servers, clock):
        chances = [random.Random(f"{seed}/{number}") for number in range(callers)]
        async with asyncio.TaskGroup() as group:
            for chance in chances:
                group.create_task(_ask_on(world, chance, clock, soaked, goes_on, looked_at))
        soaked.wrongs += await world.leaks()
        for server in servers:
            soaked.faults += server.faults
    left = asyncio.all_tasks() - before
    soaked.wrongs += [f"a task is left: {task.get_name()}" for task in left]
    return soaked


async def _ask_on(
    world: FaultWorld,
    chance: random.Random,
    clock: MemoryClock,
    soaked: Soaked,
    goes_on: Callable[[int], bool],
    looked_at: Callable[[int], None],
) -> None:
    while goes_on(soaked.calls):
        soaked.calls += 1
        number = soaked.calls
        looked_at(number)
        clock.advance(chance.random() * _BETWEEN_CALLS_S)
        call = asyncio.create_task(_ask_once(world, number, chance.choice([None, *Takeover])))
        if chance.random() < _LEFT_PART:
            for _ in range(chance.randrange(_MOST_TURNS)):
                await asyncio.sleep(0)
            call.cancel()
        try:
            outcome = await call
        except asyncio.CancelledError:
            outcome = "cancelled"
        except EaaError as error:
            outcome = error.code
        if outcome.startswith("wrong"):
            soaked.wrongs.append(outcome)
        soaked.outcomes[outcome] += 1


async def _ask_once(world: FaultWorld, number: int, takeover: Takeover | None) -> str:
    """Ask a question, whole without a takeover, and return `answered` or what is wrong."""
    ask = sampled_ask(f"Question {number}.")
    if takeover is None:
        text, ends = (await world.orchestrator.complete(ask)).completion.text, 1
    else:
        text, ends = "", 0
        async with aclosing(world.orchestrator.stream(ask, takeover=takeover)) as events:
            async for event in events:
                match event:
                    case TextDelta():
                        text += event.text
                    case Restarted():
                        text = ""
                    case Finished():
                        ends += 1
                    case _:
                        pass
    if (text, ends) == (answer_to(number), 1):
        return "answered"
    return f"wrong: question {number}, {takeover}: {ends} ends, {text!r}"


@asynccontextmanager
async def _soak_world(
    chance: random.Random,
) -> AsyncIterator[tuple[FaultWorld, tuple[RandomModels, ...], MemoryClock]]:
    clock, budgets, log = MemoryClock(), MemoryBudgets(), ForgetfulLog()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)
        await asyncio.sleep(0)

    servers = tuple(RandomModels(random.Random(chance.random())) for _ in DIALECTS)
    async with (
        serving_models(servers[0]),
        serving_models(servers[1]),
        serving_models(servers[2]),
        open_models(clock=clock, longest_answer_bytes=200_000) as models,
    ):
        providers = {name: _provider(name, server.address) for name, server in zip(DIALECTS, servers, strict=True)}
        described = tuple(
            replace(make_model(f"{name}-model", provider=name, prices=CHEAP), wire_name="loop-1") for name in DIALECTS
        )
        await budgets.set_limit(DEFAULT_ORGANISATION, SCOPE, LIMIT)
        desk = LlmDesk(
            catalogue=Catalogue(models=described, providers=providers),
            models=models,
            keys=ListedKeys(_KEYS),
            budgets=budgets,
            usage=UsageRecorder(log),
            health=Health(MemoryCooldowns()),
            clock=clock,
            ids=MemoryIds(),
            slot="soak-0",
            sleep=sleep,
            random=chance.random,
            patience_s=60.0,
        )
        orchestrator = LocalOrchestrator(desk, KeptAnswers(MemoryAnswerCache(), clock))
        yield FaultWorld(servers[0], servers[1], orchestrator, budgets, log), servers, clock


def _provider(name: str, address: str) -> Provider:
    wire = WIRES[name]
    # Few places and few calls a minute, so that the queues are used too.
    return Provider(
        name=name,
        dialect=wire.dialect,
        base_url=address + wire.path,
        deadlines=_DEADLINES,
        parallel_requests=4,
        requests_per_minute=120,
    )
