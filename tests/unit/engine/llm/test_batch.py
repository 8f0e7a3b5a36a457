import asyncio
from collections.abc import Iterator

import pytest

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.domain.ask import Answer, Ask
from eaa.domain.completion import Completion, CompletionRequest, Text
from eaa.domain.model_errors import ContentFiltered
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.batch import complete_many
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.ports.models import Route
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_world


class EchoWorld:
    """A model that answers each ask with its own words, fails at `bad`, and holds calls back until it is let go."""

    def __init__(self, *, is_held: bool = False) -> None:
        self.world: LlmWorld = make_world({"only": [make_answer()]})
        self.world.models.complete = self._echo  # type: ignore[method-assign]
        self.orchestrator = LocalOrchestrator(self.world.desk, KeptAnswers(MemoryAnswerCache(), self.world.desk.clock))
        self.let_go = asyncio.Event()
        if not is_held:
            self.let_go.set()
        self.arrivals = asyncio.Semaphore(0)
        self.on_their_way = self.most_on_their_way = self.ended = 0

    async def _echo(self, request: CompletionRequest, route: Route) -> Completion:
        self.on_their_way += 1
        self.most_on_their_way = max(self.on_their_way, self.most_on_their_way)
        self.arrivals.release()
        try:
            await asyncio.sleep(0)
            await self.let_go.wait()
        finally:
            self.on_their_way -= 1
            self.ended += 1
        part = request.messages[0].parts[0]
        assert isinstance(part, Text)
        if part.text == "bad":
            raise ContentFiltered("bad words")
        return make_answer(part.text)

    async def arrived(self, calls: int) -> None:
        """Wait until so many calls are on their way."""
        for _ in range(calls):
            await self.arrivals.acquire()


async def test_answers_come_in_the_order_of_the_asks() -> None:
    echo = EchoWorld()

    outcomes = await complete_many(map(make_ask, "abcdefghij"), at_once=3, orchestrator=echo.orchestrator)

    assert [outcome.completion.text for outcome in outcomes if isinstance(outcome, Answer)] == list("abcdefghij")
    assert echo.most_on_their_way == 3


async def test_one_failure_does_not_stop_the_others() -> None:
    echo = EchoWorld()

    outcomes = await complete_many(map(make_ask, ["a", "bad", "c"]), at_once=2, orchestrator=echo.orchestrator)

    assert [outcome.completion.text for outcome in outcomes if isinstance(outcome, Answer)] == ["a", "c"]
    assert isinstance(outcomes[1], ContentFiltered)


async def test_no_asks_have_no_answers() -> None:
    assert await complete_many([], at_once=5, orchestrator=EchoWorld().orchestrator) == ()


async def test_asks_are_made_only_when_there_is_room_for_them() -> None:
    echo = EchoWorld(is_held=True)
    made: list[str] = []

    def asks() -> Iterator[Ask]:
        for word in "abcdefghij":
            made.append(word)
            yield make_ask(word)

    batch = asyncio.create_task(complete_many(asks(), at_once=2, orchestrator=echo.orchestrator))
    await echo.arrived(2)
    made_meanwhile = list(made)
    echo.let_go.set()

    assert len(await batch) == 10
    assert made_meanwhile == ["a", "b"]


async def test_cancelling_a_batch_ends_its_calls_and_holds_nothing() -> None:
    echo = EchoWorld(is_held=True)
    batch = asyncio.create_task(complete_many(map(make_ask, "abcdef"), at_once=3, orchestrator=echo.orchestrator))
    await echo.arrived(3)

    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batch

    assert (echo.on_their_way, echo.ended) == (0, 3)
    assert await echo.world.budgets.owners() == frozenset()
