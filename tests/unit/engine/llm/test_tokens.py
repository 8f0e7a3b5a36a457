"""How many tokens a prompt has: counted where there is a vocabulary, learned where there is none."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from typing_extensions import override

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.memory.vocabularies import MemoryVocabularies
from eaa.domain.completion import (
    CompletionRequest,
    Finished,
    Image,
    Message,
    Speaker,
    Started,
    StopReason,
    Text,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model_errors import ModelOverloaded
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.exact_counts import LONG_CHARACTERS, ExactCounts
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.prompt_size import IMAGE_TOKENS, MESSAGE_TOKENS, TOOL_TOKENS, PromptSize, measure
from eaa.engine.llm.tokens import TokenEstimator
from tests.support.llm_world import Act, make_answer, make_ask, make_model, make_world

VOCABULARY = "known"
LONG = "one two three four five " * 200
LONG_TOKENS = 1_000
TOOL = ToolSpec("look", "Look at it", "{}")


def exactly(*models: str, vocabularies: MemoryVocabularies | None = None, most: int = 1_000) -> TokenEstimator:
    known = vocabularies or MemoryVocabularies(VOCABULARY)
    counts = ExactCounts(known, MappingProxyType(dict.fromkeys(models, VOCABULARY)), most_remembered=most)
    return TokenEstimator(counts)


def said(*texts: str, tools: tuple[ToolSpec, ...] = ()) -> CompletionRequest:
    return CompletionRequest(tuple(Message(Speaker.USER, (Text(text),)) for text in texts), tools=tools)


def at_most(tokens: TokenEstimator, size: PromptSize) -> int:
    return tokens.at_most(size, model="exact", tokens=tokens.tokens_for(size, model="exact"))


def test_every_word_of_a_request_is_counted() -> None:
    request = CompletionRequest(
        messages=(
            Message(Speaker.USER, (Text("one two"), Image("image/png", b"png"))),
            Message(Speaker.ASSISTANT, (ToolCall("1", "look", "three four"),)),
            Message(Speaker.USER, (ToolResult("1", "look", "five"),)),
        ),
        tools=(ToolSpec("look", "six seven", "eight"),),
        answer_schema_json="nine ten",
    )

    frames = 3 * MESSAGE_TOKENS + TOOL_TOKENS + IMAGE_TOKENS
    assert exactly("exact").prompt_tokens(request, model="exact") == 10 + 2 + frames


def test_a_model_without_a_vocabulary_is_estimated() -> None:
    tokens = exactly("exact")

    assert tokens.tokens_of_text("word " * 100, model="exact") == 100
    assert tokens.tokens_of_text("word " * 100, model="other") == round(500 / 3.6) + 1
    assert (tokens.counts_exactly("exact"), tokens.counts_exactly("other")) == (True, False)


def test_what_stands_around_messages_is_learned_from_what_the_provider_counts() -> None:
    tokens = exactly("exact")
    three = measure(said("one", "two", "three"))

    tokens.learn(three, model="exact", prompt_tokens=3 + 3 * 7)

    assert tokens.tokens_for(three, model="exact") == 3 + 3 * 7
    assert tokens.tokens_for(measure(said(LONG)), model="exact") == LONG_TOKENS + 7


def test_what_stands_around_tools_is_learned_beside_that_of_messages() -> None:
    tokens = exactly("exact")
    with_tools = measure(said("one", tools=(TOOL, TOOL)))
    words = 1 + 2 * (1 + 3 + 2)
    tokens.learn(measure(said("one")), model="exact", prompt_tokens=1 + 7)

    tokens.learn(with_tools, model="exact", prompt_tokens=words + 7 + 2 * 40)

    assert tokens.tokens_for(with_tools, model="exact") == words + 7 + 2 * 40
    assert tokens.tokens_for(measure(said("one")), model="exact") == 1 + 7


def test_pictures_teach_nothing() -> None:
    tokens = exactly("exact")
    seeing = measure(CompletionRequest((Message(Speaker.USER, (Image("image/png", b"png"),)),)))

    tokens.learn(seeing, model="exact", prompt_tokens=90)

    assert tokens.tokens_for(measure(said("one")), model="exact") == 1 + MESSAGE_TOKENS


def test_once_everything_is_known_only_frames_are_reserved_for_with_a_margin() -> None:
    tokens = exactly("exact")
    size = measure(said(LONG))
    before = at_most(tokens, size)

    tokens.learn(size, model="exact", prompt_tokens=LONG_TOKENS + 10)

    assert before == round((LONG_TOKENS + MESSAGE_TOKENS) * 1.2) + 32
    assert at_most(tokens, size) == LONG_TOKENS + 12 + 32
    assert at_most(tokens, measure(said(LONG, tools=(TOOL,)))) > LONG_TOKENS * 1.2


def test_a_vocabulary_that_is_not_the_providers_is_found_out_once_and_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens = exactly("exact")
    size = measure(said(LONG * 20))

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            tokens.learn(size, model="exact", prompt_tokens=LONG_TOKENS * 30)

    assert not tokens.counts_exactly("exact")
    assert abs(tokens.tokens_for(size, model="exact") - LONG_TOKENS * 30) < 10
    assert [record.getMessage() for record in caplog.records] == [
        "the vocabulary of model exact in models.toml is not the one its provider counts by; tokens are estimated"
    ]


def test_a_growing_conversation_is_counted_once_for_all_models_and_turns() -> None:
    vocabularies = MemoryVocabularies(VOCABULARY)
    tokens = exactly("first", "second", vocabularies=vocabularies)
    turns = [f"turn {number}" for number in range(20)]

    for number in range(1, 21):
        size = measure(said(*turns[:number]))
        for model in ("first", "second", "first"):
            assert tokens.tokens_for(size, model=model) == number * (2 + MESSAGE_TOKENS)

    assert vocabularies.counted == turns


def test_what_is_remembered_is_bounded_and_holds_no_text() -> None:
    vocabularies = MemoryVocabularies(VOCABULARY)
    tokens = exactly("exact", vocabularies=vocabularies, most=3)

    for text in ("a", "b", "c", "a", "d", "a", "b"):
        tokens.tokens_of_text(text, model="exact")

    assert vocabularies.counted == ["a", "b", "c", "d", "b"]
    assert all(isinstance(key, bytes) for _, key in tokens.exact._counts)


async def test_a_long_text_is_counted_ahead_for_the_models_that_may_take_the_ask() -> None:
    vocabularies = MemoryVocabularies(VOCABULARY, "another")
    long = "word " * LONG_CHARACTERS
    counts = ExactCounts(vocabularies, MappingProxyType({"exact": VOCABULARY, "other": "another"}))

    await counts.count_ahead(["short", long], model="exact")
    await counts.count_ahead(["short", long], model="without a vocabulary")
    assert vocabularies.counted == [long]
    await counts.count_ahead(["short", long])

    assert vocabularies.counted == [long, long]
    assert [counts.of_text(long, model=model) for model in ("exact", "other")] == [LONG_CHARACTERS] * 2
    assert vocabularies.counted == [long, long]


async def test_the_orchestrator_counts_long_texts_ahead_whole_and_streamed() -> None:
    long = "word " * LONG_CHARACTERS
    answer: Act = [Started(), TextDelta("Hello."), Finished(StopReason.END, None)]
    roomy = make_model("exact", context_tokens=1_000_000)
    for script in ([make_answer()], [answer]):
        world = make_world({"exact": script}, models=(roomy,), tokens=exactly("exact"))
        orchestrator = LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock))
        threads: list[str] = []
        world.desk.tokens.exact.vocabularies = Overheard(threads)

        if script == [answer]:
            assert [event async for event in orchestrator.stream(make_ask(long))]
        else:
            await orchestrator.complete(make_ask(long))

        assert len(threads) == 1
        assert threads[0] != threading.main_thread().name


class Overheard(MemoryVocabularies):
    """Notes the thread in which it counts."""

    def __init__(self, threads: list[str]) -> None:
        super().__init__(VOCABULARY)
        self._threads = threads

    @override
    def count(self, vocabulary: str, text: str) -> int:
        self._threads.append(threading.current_thread().name)
        return super().count(vocabulary, text)


async def test_a_model_that_counts_exactly_takes_what_an_estimate_would_have_refused() -> None:
    # 1000 tokens by its vocabulary, 1334 by the estimate.
    exact, other = make_model("exact", context_tokens=1_300), make_model("other", context_tokens=1_300)
    script: dict[str, Sequence[Act]] = {"exact": [make_answer()], "other": [make_answer()]}
    world = make_world(script, models=(other, exact), tokens=exactly("exact"))

    answer = await complete(make_ask(LONG), desk=world.desk)

    assert answer.model == "exact"


async def test_a_model_that_counts_exactly_is_passed_over_for_what_an_estimate_would_have_given_it() -> None:
    dense = "a b c d e f " * 300
    exact, other = make_model("exact", context_tokens=1_500), make_model("other", context_tokens=8_000)
    script: dict[str, Sequence[Act]] = {"exact": [make_answer()], "other": [make_answer()]}
    world = make_world(script, models=(exact, other), tokens=exactly("exact"))

    assert (await complete(make_ask(dense), desk=world.desk)).model == "other"


async def test_a_fallback_counts_nothing_again_and_teaches_the_model_that_answered() -> None:
    vocabularies = MemoryVocabularies(VOCABULARY)
    script: dict[str, Sequence[Act]] = {
        "first": [ModelOverloaded("busy", model="first")],
        "second": [make_answer(tokens=LONG_TOKENS + 9)],
    }
    world = make_world(script, tokens=exactly("first", "second", vocabularies=vocabularies))

    answer = await complete(make_ask(LONG), desk=world.desk)

    assert answer.model == "second"
    assert vocabularies.counted == [LONG]
    size = measure(make_ask(LONG).request)
    assert world.desk.tokens.tokens_for(size, model="second") == LONG_TOKENS + 9
    assert world.desk.tokens.tokens_for(size, model="first") == LONG_TOKENS + MESSAGE_TOKENS


def test_the_orchestrator_counts_for_the_model_that_comes_first() -> None:
    world = make_world({"exact": [make_answer()], "other": [make_answer()]}, tokens=exactly("exact"))
    orchestrator = LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock))
    ask = make_ask(LONG)

    assert orchestrator.count_tokens(ask) == LONG_TOKENS + MESSAGE_TOKENS
    assert orchestrator.count_tokens(replace(ask, model="other")) == round(len(LONG) / 3.6) + MESSAGE_TOKENS
