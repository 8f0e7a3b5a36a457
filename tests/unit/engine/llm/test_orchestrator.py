import asyncio
from dataclasses import replace

import pytest

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.domain.ask import Account, Ask, Attempt, OrchestratedEvent, Settled
from eaa.domain.completion import (
    Completion,
    CompletionRequest,
    Finished,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
)
from eaa.domain.ids import OrganisationId
from eaa.domain.model import Capability
from eaa.domain.model_errors import ModelOverloaded, NoModel
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.ports.answer_cache import Selection
from eaa.ports.models import Route
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_model, make_world


def orchestrator_of(world: LlmWorld) -> LocalOrchestrator:
    return LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock))


def unsampled(text: str = "Say hello.") -> Ask:
    ask = make_ask(text)
    return replace(ask, request=replace(ask.request, temperature=0.0))


async def test_the_same_unsampled_question_is_asked_once() -> None:
    world = make_world({"only": [make_answer()]})
    orchestrator = orchestrator_of(world)

    first, second = await orchestrator.complete(unsampled()), await orchestrator.complete(unsampled())

    assert (first.is_from_cache, second.is_from_cache) == (False, True)
    assert second.completion == first.completion
    assert second.cost_microusd == 0
    assert len(world.models.calls) == 1


@pytest.mark.parametrize(
    "other",
    [
        unsampled("Say goodbye."),
        replace(unsampled(), prompt_sha256="0" * 64),
        replace(unsampled(), account=Account(organisation_id=OrganisationId("org_other"))),
        replace(unsampled(), request=replace(unsampled().request, max_output_tokens=7)),
        make_ask(),
    ],
    ids=["words", "prompt", "organisation", "parameters", "sampled"],
)
async def test_another_question_is_not_answered_from_the_cache(other: Ask) -> None:
    world = make_world({"only": [make_answer()]})
    orchestrator = orchestrator_of(world)
    await orchestrator.complete(unsampled())

    answer = await orchestrator.complete(other)

    assert not answer.is_from_cache
    assert len(world.models.calls) == 2


async def test_an_answer_that_was_cut_off_is_not_kept() -> None:
    cut_off = Completion((Text("Hel"),), StopReason.LENGTH, TokenUsage(10, 3))
    world = make_world({"only": [cut_off, make_answer()]})
    orchestrator = orchestrator_of(world)

    first, second = await orchestrator.complete(unsampled()), await orchestrator.complete(unsampled())

    assert first.completion.stop_reason is StopReason.LENGTH
    assert second.completion.text == "Hello."


async def test_the_answer_of_a_model_that_stood_in_is_not_kept_as_the_first_ones() -> None:
    world = make_world({"first": [ModelOverloaded("503"), make_answer("first")], "second": [make_answer("second")]})
    orchestrator = orchestrator_of(world)

    answers = [(await orchestrator.complete(unsampled())).completion.text for _ in range(2)]

    assert answers == ["second", "first"]


async def test_those_who_ask_the_same_at_the_same_time_share_one_call() -> None:
    world, gate = make_world({"only": [make_answer()]}), asyncio.Event()
    hold_back(world, gate)
    orchestrator = orchestrator_of(world)

    asked = [asyncio.create_task(orchestrator.complete(unsampled())) for _ in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()
    await asyncio.sleep(0)
    gate.set()
    answers = await asyncio.gather(*asked[1:])

    assert len(world.models.calls) == 1
    assert {answer.completion.text for answer in answers} == {"Hello."}


async def test_a_call_that_nobody_waits_for_is_ended() -> None:
    world, gate = make_world({"only": [make_answer()]}), asyncio.Event()
    ended = hold_back(world, gate)
    orchestrator = orchestrator_of(world)

    asked = [asyncio.create_task(orchestrator.complete(unsampled())) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    await ended.wait()

    assert await world.budgets.owners() == frozenset()


async def test_a_kept_answer_is_replayed_as_a_stream() -> None:
    end = Finished(StopReason.END, TokenUsage(10, 5))
    world = make_world({"only": [[Started(wire_model="only-wire"), TextDelta("Hel"), TextDelta("lo."), end]]})
    orchestrator = orchestrator_of(world)
    seen: list[list[OrchestratedEvent]] = []

    for _ in range(2):
        seen.append([event async for event in orchestrator.stream(unsampled())])

    assert len(world.models.calls) == 1
    assert seen[0][-1] == Settled("only", cost_microusd=30, attempts=(Attempt("only", "answered", 0.0, 30),))
    assert seen[1] == [
        Started(wire_model="only-wire"),
        TextDelta("Hello."),
        end,
        Settled("only", cost_microusd=0, is_from_cache=True),
    ]


async def test_kept_answers_are_forgotten_by_model() -> None:
    world = make_world({"only": [make_answer()]})
    orchestrator = orchestrator_of(world)
    ask = unsampled()
    await orchestrator.complete(ask)

    forgotten = await orchestrator.kept.cache.forget(Selection(ask.account.organisation_id, model="only"))
    await orchestrator.complete(ask)

    assert forgotten == 1
    assert len(world.models.calls) == 2


async def test_a_model_that_only_chats_makes_no_vectors() -> None:
    world = make_world(
        {"only": [make_answer()]}, models=[make_model("only", capabilities=frozenset({Capability.CHAT}))]
    )

    with pytest.raises(NoModel):
        await orchestrator_of(world).embed(("one",), account=Account())


def hold_back(world: LlmWorld, gate: asyncio.Event) -> asyncio.Event:
    """Make the model wait for a gate; return what is set when a call has ended, answered or not."""
    scripted, ended = world.models.complete, asyncio.Event()

    async def held(request: CompletionRequest, route: Route) -> Completion:
        try:
            answer = await scripted(request, route)
            await gate.wait()
            return answer
        finally:
            ended.set()

    world.models.complete = held  # type: ignore[method-assign]
    return ended
