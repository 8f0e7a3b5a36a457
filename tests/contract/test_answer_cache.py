"""What every cache of answers promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.ports.answer_cache import AnswerCache, CachedAnswer, Selection

NOON = datetime(2026, 11, 25, 12, 0, 0, 123_456, tzinfo=UTC)
OTHER = OrganisationId("org_other")
EVERYTHING = Completion(
    parts=(
        Reasoning("hm", dialect="anthropic", opaque='{"signature": "x"}'),
        Text("Größe \x00 \ud800", ends_prefix=True),
        ToolCall(id="call_1", name="read", arguments_json='{"path": "a"}'),
    ),
    stop_reason=StopReason.TOOL_CALLS,
    usage=TokenUsage(1, 2, 3, 4, 5),
    wire_model="alpha-2026",
    request_id="req_1",
)


def answer(
    key: str = "k1",
    *,
    organisation: OrganisationId = DEFAULT_ORGANISATION,
    model: str = "alpha",
    prompt: str | None = None,
    tags: frozenset[str] = frozenset(),
    text: str = "yes",
    at: datetime = NOON,
) -> CachedAnswer:
    completion = Completion(parts=(Text(text),), stop_reason=StopReason.END, usage=None)
    return CachedAnswer(organisation, key, model, prompt, tags, completion, created_at=at)


async def keys_left(answers: AnswerCache, *keys: str) -> list[str]:
    return [key for key in keys if await answers.get(DEFAULT_ORGANISATION, key) is not None]


async def test_an_answer_comes_back_as_it_was(answers: AnswerCache) -> None:
    kept = replace(answer(prompt="ab" * 32, tags=frozenset({"a", "b"})), completion=EVERYTHING)

    await answers.put(kept)

    assert await answers.get(DEFAULT_ORGANISATION, "k1") == kept


async def test_an_unknown_key_has_no_answer(answers: AnswerCache) -> None:
    assert await answers.get(DEFAULT_ORGANISATION, "k1") is None


async def test_a_newer_answer_takes_the_place_of_an_older_one(answers: AnswerCache) -> None:
    await answers.put(answer(text="old", tags=frozenset({"old"})))
    await answers.put(answer(text="new", tags=frozenset({"new"})))

    assert await answers.get(DEFAULT_ORGANISATION, "k1") == answer(text="new", tags=frozenset({"new"}))
    assert await answers.forget(Selection(DEFAULT_ORGANISATION, tag="old")) == 0
    assert await answers.forget(Selection(DEFAULT_ORGANISATION, tag="new")) == 1


async def test_organisations_do_not_see_each_others_answers(answers: AnswerCache) -> None:
    await answers.put(answer(text="ours"))
    await answers.put(answer(organisation=OTHER, text="theirs"))

    assert await answers.get(DEFAULT_ORGANISATION, "k1") == answer(text="ours")
    assert await answers.get(OTHER, "k1") == answer(organisation=OTHER, text="theirs")
    assert await answers.forget(Selection(DEFAULT_ORGANISATION)) == 1
    assert await answers.get(OTHER, "k1") is not None


@pytest.mark.parametrize("star", [OrganisationId("*"), OrganisationId("org_*"), OrganisationId("org_default:k")])
async def test_a_strange_organisation_reaches_no_other(answers: AnswerCache, star: OrganisationId) -> None:
    await answers.put(answer())

    assert await answers.forget(Selection(star)) == 0
    assert await keys_left(answers, "k1") == ["k1"]


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(DEFAULT_ORGANISATION, model="alpha"), ["k3"]),
        (Selection(DEFAULT_ORGANISATION, prompt_sha256="p"), ["k1", "k3"]),
        (Selection(DEFAULT_ORGANISATION, tag="t"), ["k1"]),
        (Selection(DEFAULT_ORGANISATION, before=NOON), ["k1", "k2"]),
        (Selection(DEFAULT_ORGANISATION, model="alpha", tag="t"), ["k1", "k3"]),
        (Selection(DEFAULT_ORGANISATION, tag="nobody's"), ["k1", "k2", "k3"]),
        (Selection(DEFAULT_ORGANISATION), []),
    ],
)
async def test_answers_are_forgotten_that_match_every_field_given(
    answers: AnswerCache, selection: Selection, left: list[str]
) -> None:
    await answers.put(answer("k1"))
    await answers.put(answer("k2", prompt="p", tags=frozenset({"t"})))
    await answers.put(answer("k3", model="beta", tags=frozenset({"t", "u"}), at=NOON - timedelta(days=1)))

    assert await answers.forget(selection) == 3 - len(left)
    assert await keys_left(answers, "k1", "k2", "k3") == left
