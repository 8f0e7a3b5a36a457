import pytest

from eaa.domain.ask import OrchestratedEvent
from eaa.domain.completion import (
    Completion,
    Finished,
    Reasoning,
    ReasoningDelta,
    Restarted,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
)
from eaa.engine.llm.assembly import Assembly, replayed

USAGE = TokenUsage(input_tokens=3, output_tokens=4)


def assembled(*events: OrchestratedEvent) -> Assembly:
    assembly = Assembly()
    for event in events:
        assembly.add(event)
    return assembly


def test_parts_keep_the_order_in_which_they_began() -> None:
    assembly = assembled(
        Started("m-1", "req-1"),
        ReasoningDelta("Let me", "anthropic"),
        ReasoningDelta(" see.", "anthropic", opaque="signed"),
        ReasoningDelta("More.", "anthropic"),
        TextDelta("I "),
        TextDelta("read."),
        ToolCallDelta(0, "c1", "read", '{"path": '),
        ToolCallDelta(1, "c2", "now"),
        ToolCallDelta(0, arguments_json='"a"}'),
        TextDelta("Done."),
        Finished(StopReason.TOOL_CALLS, USAGE),
    )

    assert assembly.is_finished
    assert assembly.completion() == Completion(
        parts=(
            Reasoning("Let me see.", "anthropic", "signed"),
            Reasoning("More.", "anthropic"),
            Text("I read."),
            ToolCall("c1", "read", '{"path": "a"}'),
            ToolCall("c2", "now", ""),
            Text("Done."),
        ),
        stop_reason=StopReason.TOOL_CALLS,
        usage=USAGE,
        wire_model="m-1",
        request_id="req-1",
    )


def test_what_was_said_before_a_restart_is_void() -> None:
    assembly = assembled(
        TextDelta("Hel"), ToolCallDelta(0, "c1", "read"), Restarted("model.stream_cut"), TextDelta("Hi")
    )

    assert assembly.completion().parts == (Text("Hi"),)
    assert not assembly.is_finished


@pytest.mark.parametrize(
    "parts",
    [
        (Text("Hello."),),
        (Reasoning("Hm.", "gemini", "sig"), ToolCall("c1", "read", "{}"), Text("and"), ToolCall("c2", "now", "{}")),
    ],
)
def test_a_replayed_answer_is_the_answer(parts: tuple[Text | Reasoning | ToolCall, ...]) -> None:
    completion = Completion(parts, StopReason.END, USAGE, wire_model="m-1", request_id="req-1")

    assert assembled(*replayed(completion)).completion() == completion
