from collections.abc import Sequence

import pytest
from typing_extensions import override

from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.completion import Completion, StopReason, Text, TokenUsage
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import Locality, Provider, Sensitivity
from eaa.domain.model_errors import (
    AllModelsFailed,
    BudgetExhausted,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelsResting,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
    NoModel,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    StreamCut,
)
from eaa.domain.secret import Secret
from eaa.engine.llm.fallback import complete
from eaa.engine.llm.reactions import RATE_LIMIT_MOST_S
from tests.support.llm_world import RUN, Act, ListedKeys, make_answer, make_ask, make_model, make_world

RUN_SCOPE = Scope(ScopeKind.RUN, RUN)


@pytest.mark.parametrize(
    "fault",
    [
        ModelUnreachable("refused"),
        ModelOverloaded("503"),
        ModelOverloaded("503", retry_after_s=3.0),
        RateLimited("429"),
        RateLimited("429", retry_after_s=3.0),
        ModelTimeout(phase="first byte", limit_s=1.0),
        StreamCut("cut"),
        ModelUnknown("404"),
        OutOfCredit("402"),
        KeyRefused("401"),
        RequestRefused("400"),
        ContentFiltered("filter"),
    ],
    ids=lambda fault: fault.code,
)
async def test_the_next_model_answers_at_once_when_the_first_one_fails(fault: ModelFault) -> None:
    world = make_world({"first": [fault], "second": [make_answer()]})

    answer = await complete(make_ask(), desk=world.desk)

    assert answer.model == "second"
    assert world.models.names() == ["first", "second"]
    assert world.waits_s == []
    assert [(attempt.model, attempt.outcome) for attempt in answer.attempts] == [
        ("first", fault.code),
        ("second", "answered"),
    ]


async def test_an_outage_of_everything_for_a_minute_is_outlasted() -> None:
    world = make_world({"only": [make_answer()]})
    ends_at_s = world.desk.now_s() + 60.0
    scripted = world.models.complete

    async def down_for_a_minute(request, route):  # type: ignore[no-untyped-def]
        if world.desk.now_s() < ends_at_s:
            raise ModelUnreachable("refused")
        return await scripted(request, route)

    world.models.complete = down_for_a_minute  # type: ignore[method-assign]

    answer = await complete(make_ask(), desk=world.desk)

    assert answer.model == "only"
    assert sum(world.waits_s) < 80.0


async def test_patience_ends_with_every_failure_listed() -> None:
    world = make_world({"first": [ModelOverloaded("503")], "second": [ModelUnreachable("refused")]}, patience_s=20.0)

    with pytest.raises(AllModelsFailed) as caught:
        await complete(make_ask(), desk=world.desk)

    assert {failure.code for failure in caught.value.failures} == {"model.overloaded", "model.unreachable"}
    assert sum(world.waits_s) <= 20.0


async def test_a_provider_that_says_when_to_come_back_is_not_asked_before() -> None:
    world = make_world({"only": [RateLimited("429", retry_after_s=7.0), make_answer()]})

    await complete(make_ask(), desk=world.desk)

    assert 7.0 <= sum(world.waits_s) < 8.0


async def test_a_wait_beyond_our_patience_is_an_error_at_once() -> None:
    world = make_world({"only": [OutOfCredit("402")]}, patience_s=60.0)

    with pytest.raises(OutOfCredit):
        await complete(make_ask(), desk=world.desk)

    assert world.waits_s == []


async def test_a_second_key_is_used_when_the_first_one_has_no_credit() -> None:
    world = make_world({"only": [OutOfCredit("402"), make_answer()]}, keys=ListedKeys(["key-1", "key-2"]))

    await complete(make_ask(), desk=world.desk)

    assert [key.reveal() for _, _, key in world.models.calls if key is not None] == ["key-1", "key-2"]


async def test_a_rotated_key_is_found_without_a_restart() -> None:
    keys = ListedKeys(["old"], later=["new"])
    world = make_world({"only": [KeyRefused("401"), make_answer()]}, keys=keys)

    await complete(make_ask(), desk=world.desk)

    assert keys.refreshes == 1
    assert [key.reveal() for _, _, key in world.models.calls if key is not None] == ["old", "new"]


async def test_a_prompt_too_long_for_one_model_goes_to_a_longer_one_only() -> None:
    models = [
        make_model("short", context_tokens=8_000),
        make_model("shorter", context_tokens=6_000),
        make_model("long", context_tokens=200_000),
    ]
    acts: dict[str, Sequence[Act]] = {
        "short": [ContextTooLong("8000")],
        "shorter": [make_answer()],
        "long": [make_answer("from the long one")],
    }
    world = make_world(acts, models=models)

    answer = await complete(make_ask(), desk=world.desk)

    assert answer.completion.text == "from the long one"
    assert world.models.names() == ["short", "long"]


async def test_a_prompt_too_long_for_every_model_is_told_as_that() -> None:
    world = make_world({"only": [ContextTooLong("8000")]})

    with pytest.raises(ContextTooLong):
        await complete(make_ask(), desk=world.desk)


async def test_a_filtered_prompt_is_not_shown_to_the_same_house_again() -> None:
    models = [make_model("one", provider="house"), make_model("two", provider="house")]
    world = make_world({"one": [ContentFiltered("violence")], "two": [make_answer()]}, models=models)

    with pytest.raises(ContentFiltered):
        await complete(make_ask(), desk=world.desk)

    assert world.models.names() == ["one"]


async def test_sensitive_work_never_falls_back_to_a_cloud() -> None:
    models = [make_model("ours", locality=Locality.ON_PREMISE), make_model("theirs")]
    world = make_world({"ours": [ModelOverloaded("503")], "theirs": [make_answer()]}, models=models, patience_s=30.0)

    with pytest.raises(AllModelsFailed):
        await complete(make_ask(sensitivity=Sensitivity.SENSITIVE), desk=world.desk)

    assert set(world.models.names()) == {"ours"}


async def test_sensitive_work_without_a_model_of_our_own_is_refused_in_words() -> None:
    world = make_world({"theirs": [make_answer()]})

    with pytest.raises(NoModel, match=r"sensitive.*does not go to a cloud"):
        await complete(make_ask(sensitivity=Sensitivity.SENSITIVE), desk=world.desk)

    assert world.models.calls == []


async def test_the_answer_is_made_short_enough_for_the_budget() -> None:
    world = make_world({"only": [make_answer()]})
    await world.budgets.set_limit(DEFAULT_ORGANISATION, RUN_SCOPE, Amount(cost_microusd=2_000))

    await complete(make_ask(), desk=world.desk)

    _, request, _ = world.models.calls[0]
    assert request.max_output_tokens is not None
    assert 256 <= request.max_output_tokens < 500
    budget = await world.budgets.get(DEFAULT_ORGANISATION, RUN_SCOPE)
    assert budget is not None
    assert (budget.spent, budget.reserved) == (Amount(cost_microusd=50), Amount())


async def test_what_a_model_counted_before_decides_what_is_reserved_for_it() -> None:
    prompt = "word " * 2_000
    dense = Completion((Text("Yes."),), StopReason.END, TokenUsage(input_tokens=9_000, output_tokens=10))
    world = make_world({"only": [dense]}, models=[make_model("only", context_tokens=9_500)])
    await complete(make_ask(prompt), desk=world.desk)

    await complete(make_ask(prompt), desk=world.desk)

    (_, first, _), (_, second, _) = world.models.calls
    assert first.max_output_tokens == 1_000
    assert second.max_output_tokens is not None
    assert second.max_output_tokens <= 9_500 - 9_000


async def test_an_empty_budget_sends_nothing() -> None:
    world = make_world({"only": [make_answer()]})
    await world.budgets.set_limit(DEFAULT_ORGANISATION, RUN_SCOPE, Amount(cost_microusd=10))

    with pytest.raises(BudgetExhausted, match="run run_1 has 10 micro-dollars left"):
        await complete(make_ask(), desk=world.desk)

    assert world.models.calls == []


async def test_a_model_of_unknown_price_is_not_free() -> None:
    world = make_world({"only": [make_answer(tokens=10)]}, models=[make_model("only", prices=None)])
    await world.budgets.set_limit(DEFAULT_ORGANISATION, RUN_SCOPE, Amount(cost_microusd=1_000_000, unpriced_tokens=500))

    answer = await complete(make_ask(), desk=world.desk)
    with pytest.raises(BudgetExhausted, match="tokens of unknown price"):
        await complete(make_ask("word " * 2_000), desk=world.desk)

    assert answer.cost_microusd is None
    budget = await world.budgets.get(DEFAULT_ORGANISATION, RUN_SCOPE)
    assert budget is not None
    assert budget.spent == Amount(unpriced_tokens=20)


async def test_a_model_that_fails_again_and_again_is_left_alone_and_comes_back() -> None:
    first = [ModelOverloaded("503")] * 3 + [make_answer("first again")]
    world = make_world({"first": first, "second": [make_answer()]})

    for _ in range(5):
        await complete(make_ask(), desk=world.desk)
    calls_while_open = world.models.names().count("first")
    world.clock.advance(3.0)
    answer = await complete(make_ask(), desk=world.desk)

    assert calls_while_open == 3
    assert answer.completion.text == "first again"


async def test_a_model_whose_key_is_nowhere_is_passed_over() -> None:
    world = make_world({"keyless": [make_answer()], "other": [make_answer()]}, keys=KeysOfOthers())

    answer = await complete(make_ask(), desk=world.desk)

    assert answer.model == "other"
    assert world.models.names() == ["other"]


async def test_no_key_for_any_model_says_where_it_was_looked_for() -> None:
    world = make_world({"keyless": [make_answer()]}, keys=KeysOfOthers())

    with pytest.raises(KeyRefused, match="the variable is empty"):
        await complete(make_ask(), desk=world.desk)


class KeysOfOthers(ListedKeys):
    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        if provider.name == "keyless-house":
            raise KeyRefused("the variable is empty")
        return await super().keys(provider)


async def test_when_nobody_may_be_asked_the_error_says_why_and_for_how_long() -> None:
    world = make_world({"only": [OutOfCredit("402")]})
    with pytest.raises(OutOfCredit):
        await complete(make_ask(), desk=world.desk)

    with pytest.raises(ModelsResting, match=r"only for 3600 s \(model.out_of_credit\)"):
        await complete(make_ask(), desk=world.desk)

    assert len(world.models.calls) == 1


async def test_keys_that_are_gone_when_they_are_refused_end_one_model_and_not_the_ask() -> None:
    world = make_world(
        {"only": [KeyRefused("401")], "busy": [ModelOverloaded("503"), make_answer()]}, keys=VanishingKeys()
    )

    answer = await complete(make_ask(), desk=world.desk)

    assert answer.model == "busy"


async def test_a_failed_try_is_told_with_its_price() -> None:
    world = make_world({"first": [StreamCut("cut")], "second": [make_answer()]})

    answer = await complete(make_ask(), desk=world.desk)

    await world.desk.usage.flush()
    first, second = world.usage_log._rows.values()
    assert first.cost_microusd is not None
    assert first.cost_microusd > 0
    assert [attempt.cost_microusd for attempt in answer.attempts] == [first.cost_microusd, second.cost_microusd]


async def test_no_provider_keeps_a_key_waiting_for_years() -> None:
    world = make_world({"only": [RateLimited("429", retry_after_s=1e9)]})

    with pytest.raises(RateLimited):
        await complete(make_ask(), desk=world.desk)

    (cooldown,) = world.desk.health.cooldowns.active(world.desk.now_s()).values()
    assert cooldown.until_s - world.desk.now_s() == RATE_LIMIT_MOST_S


class VanishingKeys(ListedKeys):
    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        if self.refreshes and provider.name == "only-house":
            raise KeyRefused("the variable is empty")
        return await super().keys(provider)
