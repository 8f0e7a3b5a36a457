"""What Bedrock answers: whole, streamed and as an error."""

from typing import Any

import orjson
import pytest

from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.models.bedrock import BedrockDialect
from eaa.domain.completion import (
    Completion,
    Finished,
    Reasoning,
    ReasoningDelta,
    Started,
    StopReason,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
)
from eaa.domain.model_errors import (
    AnswerEmpty,
    AnswerMalformed,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelUnknown,
    OutOfCredit,
    RateLimited,
    RequestRefused,
    StreamCut,
)
from tests.loopback.event_frames import event_frame, exception_frame, frame, text_headers
from tests.support.model_wires import assert_cuts_change_nothing, events_of

DIALECT = BedrockDialect(clock=MemoryClock())
HEADERS = {"x-amzn-requestid": "req_1"}
USAGE = {
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 15,
    "cacheReadInputTokens": 7,
    "cacheWriteInputTokens": 3,
    "serverToolUsage": {},
}
COUNTED = TokenUsage(input_tokens=10, output_tokens=5, cached_input_tokens=7, cache_write_tokens=3)


def answer(*blocks: dict[str, Any], stop: str = "end_turn", **facts: Any) -> bytes:
    message = {"role": "assistant", "content": list(blocks)}
    return orjson.dumps({"output": {"message": message}, "stopReason": stop, "metrics": {"latencyMs": 1}, **facts})


def delta(index: int, **content: Any) -> bytes:
    return event_frame("contentBlockDelta", {"contentBlockIndex": index, "delta": content, "p": "abcdefgh"})


def start_call(index: int, call_id: str, name: str) -> bytes:
    start = {"toolUse": {"toolUseId": call_id, "name": name}}
    return event_frame("contentBlockStart", {"contentBlockIndex": index, "start": start})


def stop(index: int) -> bytes:
    return event_frame("contentBlockStop", {"contentBlockIndex": index})


START = event_frame("messageStart", {"role": "assistant"})
HELLO = delta(0, text="Grüß ") + delta(0, text="🌍") + stop(0)
END = event_frame("messageStop", {"stopReason": "end_turn"})
METADATA = event_frame("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}})
STREAM = (
    START
    + delta(0, reasoningContent={"text": "hm"})
    + delta(0, reasoningContent={"signature": "c2"})
    + delta(0, reasoningContent={"signature": "ln"})
    + stop(0)
    + delta(1, reasoningContent={"redactedContent": "eHl6"})
    + stop(1)
    + delta(2, text="Grüß ")
    + delta(2, text="🌍")
    + stop(2)
    + event_frame("ofTomorrow", {"a": 1})
    + start_call(3, "tooluse_1", "add")
    + delta(3, toolUse={"input": '{"a":'})
    + delta(3, toolUse={"input": "1}"})
    + stop(3)
    + start_call(4, "tooluse_2", "now")
    + delta(4, toolUse={"input": ""})
    + stop(4)
    + event_frame("messageStop", {"stopReason": "tool_use"})
    + METADATA
)


def stream(body: bytes, headers: dict[str, str] | None = None) -> list[Any]:
    return list(events_of(DIALECT.decoder(headers or {}), body))


def test_a_whole_answer() -> None:
    body = answer(
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "eHl6"}},
        {"text": "Hello"},
        {"citationsContent": {}},
        {"toolUse": {"toolUseId": "tooluse_1", "name": "add", "input": {"a": 1}}},
        stop="tool_use",
        usage=USAGE,
    )

    assert DIALECT.completion(body, HEADERS) == Completion(
        parts=(
            Reasoning("hm", dialect="bedrock", opaque="c2ln"),
            Reasoning("", dialect="bedrock", opaque='{"redactedContent":"eHl6"}'),
            Text("Hello"),
            ToolCall("tooluse_1", "add", '{"a":1}'),
        ),
        stop_reason=StopReason.TOOL_CALLS,
        usage=COUNTED,
        request_id="req_1",
    )


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("stop_sequence", StopReason.STOP_SEQUENCE),
        ("guardrail_intervened", StopReason.CONTENT_FILTER),
        ("content_filtered", StopReason.CONTENT_FILTER),
        ("of_tomorrow", StopReason.UNKNOWN),
    ],
)
def test_reasons_to_stop(word: str, reason: StopReason) -> None:
    whole = DIALECT.completion(answer({"text": "x"}, stop=word), {})
    last = stream(START + HELLO + event_frame("messageStop", {"stopReason": word}))[-1]

    assert (whole.stop_reason, whole.usage) == (reason, None)
    assert last == Finished(reason, None)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"output":{}}', answer({"text": 5}), answer({"text": "x"}, stop="malformed_tool_use")]
)
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        DIALECT.completion(body, {})


def test_an_empty_answer_is_a_fault_unless_it_was_filtered() -> None:
    with pytest.raises(AnswerEmpty):
        DIALECT.completion(answer({"text": ""}), {})
    with pytest.raises(AnswerEmpty):
        stream(START + END + METADATA)

    assert DIALECT.completion(answer(stop="content_filtered"), {}).stop_reason is StopReason.CONTENT_FILTER


def test_a_stream_with_thoughts_words_and_two_calls() -> None:
    assert stream(STREAM, HEADERS) == [
        Started(request_id="req_1"),
        ReasoningDelta("hm", "bedrock"),
        ReasoningDelta("", "bedrock", "c2ln"),
        ReasoningDelta("", "bedrock", '{"redactedContent":"eHl6"}'),
        TextDelta("Grüß "),
        TextDelta("🌍"),
        ToolCallDelta(0, "tooluse_1", "add"),
        ToolCallDelta(0, arguments_json='{"a":'),
        ToolCallDelta(0, arguments_json="1}"),
        ToolCallDelta(1, "tooluse_2", "now"),
        ToolCallDelta(1, arguments_json="{}"),
        Finished(StopReason.TOOL_CALLS, COUNTED),
    ]


def test_however_a_stream_is_cut_its_events_are_the_same() -> None:
    assert_cuts_change_nothing(DIALECT, STREAM)


def test_a_stream_without_its_end_was_cut() -> None:
    body = START + HELLO + END

    for end in range(len(body)):
        with pytest.raises(StreamCut):
            stream(body[:end])
    assert stream(body + METADATA + HELLO)[-1] == Finished(StopReason.END, COUNTED)


@pytest.mark.parametrize(
    "bad",
    [
        delta(7, toolUse={"input": "{"}),
        event_frame("contentBlockDelta", {"contentBlockIndex": 0}),
        event_frame("messageStop", {}),
        frame(text_headers({":event-type": "contentBlockDelta", ":message-type": "event"}), b"{"),
        b"x" * 20,
    ],
)
def test_a_broken_event_is_malformed(bad: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        stream(START + bad + END)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (exception_frame("throttlingException", "slow"), RateLimited),
        (exception_frame("modelStreamErrorException", "sorry"), ModelOverloaded),
        (exception_frame("validationException", "Input is too long for requested model."), ContextTooLong),
        (exception_frame("ofTomorrow", "what"), ModelOverloaded),
        (frame(text_headers({":message-type": "error", ":error-code": "InternalFailure"}), b""), ModelOverloaded),
    ],
)
def test_an_exception_in_a_stream_has_its_class(bad: bytes, fault: type[ModelFault]) -> None:
    decoder = DIALECT.decoder(HEADERS)

    said = decoder.feed(START + HELLO)

    assert said[-1] == TextDelta("🌍")
    with pytest.raises(fault) as caught:
        decoder.feed(bad)
    assert type(caught.value) is fault
    assert caught.value.request_id == "req_1"


@pytest.mark.parametrize(
    ("status", "kind", "message", "fault"),
    [
        (400, "ValidationException", "max_tokens: must be positive", RequestRefused),
        (400, "ValidationException", "Input is too long for requested model.", ContextTooLong),
        (400, "ValidationException", "The provided model identifier is invalid.", ModelUnknown),
        (403, "AccessDeniedException", "You don't have access to the model", KeyRefused),
        (403, "AccessDeniedException", "INVALID_PAYMENT_INSTRUMENT: A valid one is needed", OutOfCredit),
        (403, "UnrecognizedClientException", "The security token is invalid.", KeyRefused),
        (403, "ExpiredTokenException", "expired", KeyRefused),
        (403, "InvalidSignatureException", "does not match", KeyRefused),
        (404, "ResourceNotFoundException", "no", ModelUnknown),
        (408, "ModelTimeoutException", "late", ModelOverloaded),
        (424, "ModelErrorException", "sorry", ModelOverloaded),
        (429, "ThrottlingException", "slow", RateLimited),
        (429, "ModelNotReadyException", "soon", ModelOverloaded),
        (500, "InternalServerException", "sorry", ModelOverloaded),
        (503, "ServiceUnavailableException", "sorry", ModelOverloaded),
        (400, "", "no kind", RequestRefused),
    ],
)
def test_errors_have_their_class(status: int, kind: str, message: str, fault: type[ModelFault]) -> None:
    in_header = DIALECT.fault(
        status, {**HEADERS, "x-amzn-errortype": f"{kind}:http://internal/"}, orjson.dumps({"message": message})
    )
    in_body = DIALECT.fault(status, {}, orjson.dumps({"__type": f"com.amazon.coral#{kind}", "Message": message}))

    assert (type(in_header), type(in_body)) == (fault, fault)
    assert in_header.request_id == "req_1"


def test_an_error_in_html_is_judged_by_its_status() -> None:
    assert type(DIALECT.fault(502, {}, b"<html>")) is ModelOverloaded
    assert type(DIALECT.fault(403, {}, b"<html>")) is KeyRefused
