from dataclasses import replace

import pytest

from eaa.adapters.memory.answer_cache import MemoryAnswerCache
from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.domain.ask import Ask
from eaa.domain.completion import Completion, StopReason, Text, TokenUsage
from eaa.domain.model_errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from eaa.engine.llm.answers.structured import Structured, ask_for_json
from eaa.engine.llm.answers_kept import KeptAnswers
from eaa.engine.llm.orchestrator import LocalOrchestrator
from tests.support.llm_world import LlmWorld, make_answer, make_ask, make_world

SCHEMA = '{"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}'


def sized() -> Ask:
    ask = make_ask("How large?")
    return replace(ask, request=replace(ask.request, answer_schema_json=SCHEMA, temperature=0.0))


async def asked(world: LlmWorld) -> Structured:
    orchestrator = LocalOrchestrator(world.desk, KeptAnswers(MemoryAnswerCache(), world.clock))
    return await ask_for_json(sized(), orchestrator=orchestrator, schemas=JsonSchemas())


async def test_an_answer_in_wrapping_is_taken_out() -> None:
    world = make_world({"only": [make_answer('Sure:\n```json\n{"size": 3}\n```')]})

    assert (await asked(world)).value == {"size": 3}


async def test_a_wrong_answer_is_asked_for_again_with_its_error() -> None:
    world = make_world({"only": [make_answer('{"size": "big"}'), make_answer('{"size": 3}')]})

    structured = await asked(world)

    assert structured.value == {"size": 3}
    assert len(structured.answers) == 2
    (_, first, _), (_, second, _) = world.models.calls
    assert second.messages[: len(first.messages)] == first.messages
    complaint = second.messages[-1].parts[0]
    assert isinstance(complaint, Text)
    assert "$.size: 'big' is not of type 'integer'" in complaint.text


async def test_it_is_not_asked_for_for_ever() -> None:
    world = make_world({"only": [make_answer("no idea")]})

    with pytest.raises(AnswerInvalid, match="3 answers did not fit"):
        await asked(world)

    assert len(world.models.calls) == 3


@pytest.mark.parametrize(
    ("completion", "error"),
    [
        (Completion((Text('{"si'),), StopReason.LENGTH, TokenUsage(1, 1)), AnswerTruncated),
        (Completion((Text("No."),), StopReason.REFUSAL, TokenUsage(1, 1)), AnswerRefused),
        (make_answer("I'm sorry, but I can't help with that."), AnswerRefused),
    ],
    ids=["cut off", "declined", "declined in words"],
)
async def test_what_asking_again_cannot_mend_is_told_at_once(completion: Completion, error: type[Exception]) -> None:
    world = make_world({"only": [completion]})

    with pytest.raises(error):
        await asked(world)

    assert len(world.models.calls) == 1
