from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from eaa.domain.completion import Message, Speaker, Text, ToolCall, ToolResult
from eaa.engine.llm.context.compaction import compact, digest, prefix_length, transcript

SYSTEM = Message(Speaker.SYSTEM, (Text("You mend code."),))
BRIEF = Message(Speaker.USER, (Text("The brief.", ends_prefix=True),))


def exchange(number: int, size: int = 100) -> tuple[Message, Message]:
    call = ToolCall(f"c{number}", "run", f'{{"command": "step {number}"}}')
    result = ToolResult(f"c{number}", "run", f"{number}:" + "x" * size)
    return Message(Speaker.ASSISTANT, (call,)), Message(Speaker.USER, (result,))


def measure(messages: Sequence[Message]) -> int:
    return len(transcript(messages))


async def summary(text: str) -> str:
    return f"{len(text)} characters"


def conversation(exchanges: int, size: int = 100) -> tuple[Message, ...]:
    return (SYSTEM, BRIEF, *(message for number in range(exchanges) for message in exchange(number, size)))


async def test_a_conversation_that_fits_stays_as_it_is() -> None:
    whole = conversation(3)

    compaction = await compact(whole, most_tokens=10_000, measure=measure, summarise=summary)

    assert (compaction.messages, compaction.replaced) == (whole, 0)


async def test_the_middle_is_summed_up_and_beginning_and_end_stay() -> None:
    whole = conversation(20)

    compaction = await compact(whole, most_tokens=1_500, measure=measure, summarise=summary)

    kept = len(compaction.messages) - 3
    assert compaction.messages[:2] == whole[:2]
    assert compaction.messages[3:] == whole[-kept:]
    assert measure(compaction.messages) <= 1_500
    middle = compaction.messages[2].parts[0]
    assert isinstance(middle, Text)
    assert "characters" in middle.text


async def test_compacting_again_keeps_the_same_beginning() -> None:
    once = await compact(conversation(20), most_tokens=1_500, measure=measure, summarise=summary)
    longer = (*once.messages, *(message for number in range(20, 40) for message in exchange(number)))

    again = await compact(longer, most_tokens=1_500, measure=measure, summarise=summary)

    assert again.messages[:2] == (SYSTEM, BRIEF)
    assert measure(again.messages) <= 1_500


def test_the_beginning_ends_with_the_first_mark_or_the_first_request() -> None:
    plain = Message(Speaker.USER, (Text("The request."),))

    assert prefix_length([SYSTEM, BRIEF, *exchange(1)]) == 2
    assert prefix_length([SYSTEM, plain, *exchange(1)]) == 2
    assert prefix_length([plain]) == 1


def test_a_digest_without_a_model_keeps_head_and_tail() -> None:
    text = digest("begin " + "x" * 100_000 + " end")

    assert text.startswith("begin")
    assert text.endswith("end")
    assert len(text.encode()) <= 8 * 1024


@given(exchanges=st.integers(0, 25), size=st.integers(0, 300), most=st.integers(50, 4_000))
async def test_every_result_keeps_its_call(exchanges: int, size: int, most: int) -> None:
    compaction = await compact(conversation(exchanges, size), most_tokens=most, measure=measure, summarise=summary)

    parts = [part for message in compaction.messages for part in message.parts]
    calls = {part.id for part in parts if isinstance(part, ToolCall)}
    results = {part.call_id for part in parts if isinstance(part, ToolResult)}
    assert calls == results
    assert compaction.messages[:2] == (SYSTEM, BRIEF)
