"""The scripted twin follows its rules; what it shares with real models is in the contract."""

import pytest

from eaa.adapters.memory.models import ScriptedModels, ScriptedRule
from eaa.domain.completion import Completion, Finished, Started, StopReason, Text, TextDelta, ToolCallDelta
from eaa.domain.model_errors import ModelOverloaded, ModelUnreachable, RateLimited, StreamCut
from tests.model_makers import ask, make_model, make_route


def said(text: str) -> Completion:
    return Completion((Text(text),), StopReason.END, None)


async def test_answers_come_in_order_then_nobody_is_there() -> None:
    models, route = ScriptedModels(said("one"), RateLimited("slow"), said("two")), make_route()

    assert (await models.complete(ask(), route)).text == "one"
    with pytest.raises(RateLimited, match="loop: slow"):
        await models.complete(ask(), route)
    assert (await models.complete(ask(), route)).text == "two"
    with pytest.raises(ModelUnreachable, match="nothing more is scripted"):
        await models.complete(ask(), route)
    assert len(models.calls) == 4


async def test_rules_may_be_for_one_model_one_kind_of_request_or_for_ever() -> None:
    models = ScriptedModels(otherwise=said("otherwise"))
    models.rules = [
        ScriptedRule(ModelOverloaded("down"), model="first", times=None),
        ScriptedRule(said("to the point"), holds=lambda request: request.seed == 7, times=None),
    ]
    first, second = make_route(model=make_model(name="first")), make_route(model=make_model(name="second"))

    for _ in range(2):
        with pytest.raises(ModelOverloaded):
            await models.complete(ask(), first)
    assert (await models.complete(ask(), second)).text == "otherwise"


async def test_a_scripted_stream_may_break_and_may_be_asked_for_as_a_whole() -> None:
    call = (ToolCallDelta(0, "c1", "f"), ToolCallDelta(0, arguments_json="{"), ToolCallDelta(0, arguments_json="}"))
    whole = (Started("m"), TextDelta("a"), TextDelta("b"), *call, Finished(StopReason.TOOL_CALLS, None))
    models, route = ScriptedModels(whole, (Started(), TextDelta("a"), StreamCut("cut"))), make_route()

    completion = await models.complete(ask(), route)
    heard = []
    with pytest.raises(StreamCut):
        async for event in models.stream(ask(), route):
            heard.append(event)

    assert completion.text == "ab"
    assert [(one.id, one.name, one.arguments_json) for one in completion.tool_calls] == [("c1", "f", "{}")]
    assert heard == [Started(), TextDelta("a")]
