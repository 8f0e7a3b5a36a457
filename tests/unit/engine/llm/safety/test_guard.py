from dataclasses import replace

import pytest

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.domain.ask import Account, Ask
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    Finished,
    Message,
    Speaker,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
    ToolResult,
)
from eaa.domain.model_errors import ModelFault, SecretInPrompt
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from eaa.engine.llm.safety.guard import PromptGuard, SecretPolicy
from eaa.engine.llm.safety.personal import PersonalData, is_card, is_iban
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_world

TOKEN = "ghp_" + "a1B2" * 9
USAGE = TokenUsage(10, 5)
ALL = frozenset(PersonalData)


def orchestrator_of(world: LlmWorld, guard: PromptGuard) -> LocalOrchestrator:
    return LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock), guard)


def sent(world: LlmWorld) -> str:
    _, request, _ = world.models.calls[-1]
    return repr(request)


async def test_no_secret_leaves_in_words_tool_results_or_tool_calls() -> None:
    world = make_world({"only": [make_answer()]})
    messages = (
        Message(Speaker.USER, (Text(f"use {TOKEN}"),)),
        Message(Speaker.ASSISTANT, (ToolCall("c1", "run", f'{{"token": "{TOKEN}"}}'),)),
        Message(Speaker.USER, (ToolResult("c1", "run", f"TOKEN={TOKEN} own-secret-1"),)),
    )
    ask = make_ask()
    ask = replace(ask, request=replace(ask.request, messages=messages))
    guard = PromptGuard(known_values=lambda: ("own-secret-1",))

    await orchestrator_of(world, guard).complete(ask)

    assert TOKEN not in sent(world)
    assert "own-secret-1" not in sent(world)
    assert sent(world).count("[GitHub token removed]") == 3


async def test_a_strict_policy_sends_nothing_and_does_not_show_the_secret() -> None:
    world = make_world({"only": [make_answer()]})

    with pytest.raises(SecretInPrompt) as caught:
        await orchestrator_of(world, PromptGuard(secrets=SecretPolicy.REFUSE)).complete(make_ask(f"use {TOKEN}"))

    assert world.models.calls == []
    assert TOKEN not in str(caught.value)


async def test_personal_data_is_masked_and_put_back() -> None:
    answer = Completion(
        (Text("Wrote to <email-1>."), ToolCall("c1", "mail", '{"to": "<email-1>"}')), StopReason.TOOL_CALLS, USAGE
    )
    world = make_world({"only": [answer]})
    orchestrator = orchestrator_of(world, PromptGuard(masked=ALL))

    restored = (await orchestrator.complete(make_ask("Write to ada@example.org or call +44 20 7946 0000"))).completion

    assert "ada@example.org" not in sent(world)
    assert "7946" not in sent(world)
    assert restored.text == "Wrote to ada@example.org."
    assert restored.tool_calls[0].arguments_json == '{"to": "ada@example.org"}'


async def test_a_mark_that_comes_in_pieces_is_put_together() -> None:
    stream: list[CompletionEvent | ModelFault] = [
        Started(),
        TextDelta("To <ema"),
        TextDelta("il-1> and a < b"),
        ToolCallDelta(0, "c1", "mail", '{"to": "<email'),
        ToolCallDelta(0, arguments_json='-1>"}'),
        Finished(StopReason.TOOL_CALLS, USAGE),
    ]
    world = make_world({"only": [stream]})
    orchestrator = orchestrator_of(world, PromptGuard(masked=ALL))

    events = [event async for event in orchestrator.stream(make_ask("Write to ada@example.org"))]

    words = "".join(event.text for event in events if isinstance(event, TextDelta))
    arguments = "".join(event.arguments_json for event in events if isinstance(event, ToolCallDelta))
    assert words == "To ada@example.org and a < b"
    assert arguments == '{"to": "ada@example.org"}'


async def test_a_longer_history_keeps_its_marks() -> None:
    world = make_world({"only": [make_answer()]})
    orchestrator = orchestrator_of(world, PromptGuard(masked=ALL))
    ask = make_ask("Write to ada@example.org")
    more = Message(Speaker.USER, (Text("and to bob@example.org, then ada@example.org"),))
    longer: Ask = replace(ask, request=replace(ask.request, messages=(*ask.request.messages, more)))

    await orchestrator.complete(ask)
    await orchestrator.complete(longer)

    (_, first, _), (_, second, _) = world.models.calls
    assert second.messages[:1] == first.messages
    assert second.messages[1].parts == (Text("and to <email-2>, then <email-1>"),)


async def test_texts_to_embed_are_cleaned_too() -> None:
    cleaned = await PromptGuard(masked=ALL).clean((f"token {TOKEN}", "ada@example.org"))

    assert cleaned == ("token [GitHub token removed]", "<email-1>")


async def test_a_prompt_without_anything_to_hide_is_not_even_copied() -> None:
    ask = make_ask("Nothing to see, x@ y.")

    protected = await PromptGuard(masked=ALL).protect(ask)

    assert protected.ask is ask
    assert protected.ask.account == Account(run_id=ask.account.run_id)


@pytest.mark.parametrize(("number", "is_one"), [("4111 1111 1111 1111", True), ("4111 1111 1111 1112", False)])
def test_a_card_is_known_by_its_check_digit(number: str, is_one: bool) -> None:
    assert is_card(number) is is_one


@pytest.mark.parametrize(
    ("number", "is_one"), [("GB82 WEST 1234 5698 7654 32", True), ("GB82 WEST 1234 5698 7654 33", False)]
)
def test_an_account_is_known_by_its_check_sum(number: str, is_one: bool) -> None:
    assert is_iban(number) is is_one
