"""Kept answers in layers."""

from datetime import UTC, datetime

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.clock import MemoryClock
from eaa.domain.completion import Completion, StopReason, Text
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.layered_answers import BELIEVED_S, LayeredAnswers
from eaa.ports.answer_cache import CachedAnswer, Selection

ANSWER = CachedAnswer(
    organisation_id=DEFAULT_ORGANISATION,
    key="k1",
    model="alpha",
    prompt_sha256=None,
    tags=frozenset(),
    completion=Completion((Text("yes"),), StopReason.END, usage=None),
    created_at=datetime(2026, 11, 25, tzinfo=UTC),
)
ALL = Selection(DEFAULT_ORGANISATION)


async def test_what_a_far_layer_has_is_brought_near() -> None:
    near, middle, far = MemoryAnswerCache(), MemoryAnswerCache(), MemoryAnswerCache()
    await far.put(ANSWER)

    found = await LayeredAnswers(near, (middle, far), MemoryClock().monotonic_s).get(DEFAULT_ORGANISATION, "k1")

    assert found == ANSWER
    assert await near.get(DEFAULT_ORGANISATION, "k1") == ANSWER
    assert await middle.get(DEFAULT_ORGANISATION, "k1") == ANSWER


async def test_what_another_process_forgot_is_believed_for_a_while_only() -> None:
    clock, shared = MemoryClock(), MemoryAnswerCache()
    ours = LayeredAnswers(MemoryAnswerCache(), (shared,), clock.monotonic_s)
    theirs = LayeredAnswers(MemoryAnswerCache(), (shared,), clock.monotonic_s)
    await ours.put(ANSWER)

    assert await theirs.forget(ALL) == 1

    assert await ours.get(DEFAULT_ORGANISATION, "k1") == ANSWER
    clock.advance(BELIEVED_S)
    assert await ours.get(DEFAULT_ORGANISATION, "k1") is None


async def test_what_is_forgotten_here_is_gone_from_every_layer() -> None:
    near, far = MemoryAnswerCache(), MemoryAnswerCache()
    answers = LayeredAnswers(near, (far,), MemoryClock().monotonic_s)
    await answers.put(ANSWER)

    assert await answers.forget(ALL) == 1

    assert await answers.get(DEFAULT_ORGANISATION, "k1") is None
    assert await far.get(DEFAULT_ORGANISATION, "k1") is None
