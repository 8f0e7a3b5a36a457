"""What Anthropic answers: whole, streamed and as an error."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.anthropic import AnthropicDialect
from eaa.domain.completion import (
    Completion,
    Finished,
    RateReport,
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
    ContentFiltered,
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
from tests.support.model_wires import assert_cuts_change_nothing, events_of

HEADERS = {
    "request-id": "req_1",
    "date": "Wed, 25 Nov 2026 10:00:00 GMT",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-tokens-remaining": "1000",
    "anthropic-ratelimit-tokens-reset": "2026-11-25T10:00:30Z",
}


def line(kind: str, **facts: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps({"type": kind, **facts}))


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> bytes:
    lines = [line("content_block_start", index=index, content_block=start)]
    lines += [line("content_block_delta", index=index, delta=delta) for delta in deltas]
    return b"".join([*lines, line("content_block_stop", index=index)])


START = line(
    "message_start",
    message={
        "id": "msg_1",
        "model": "claude-x",
        "content": [],
        "usage": {"input_tokens": 9, "cache_read_input_tokens": 90, "output_tokens": 1},
    },
)
END = line("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 5}) + line("message_stop")
HELLO = block(
    0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Grüß "}, {"type": "text_delta", "text": "🌍"}
)
STREAM = (
    START
    + line("ping")
    + block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Let me see"},
        {"type": "signature_delta", "signature": "c2ln"},
    )
    + block(1, {"type": "redacted_thinking", "data": "xyz"})
    + b": keep-alive\n\n"
    + block(
        2, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Grüß "}, {"type": "text_delta", "text": "🌍"}
    )
    + block(
        3,
        {"type": "server_tool_use", "id": "s", "name": "web", "input": {}},
        {"type": "input_json_delta", "partial_json": "{}"},
    )
    + block(
        4,
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"a":'},
        {"type": "input_json_delta", "partial_json": "1}"},
    )
    + block(
        5,
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
    )
    + line("something_new", payload=[1, 2])
    + line(
        "message_delta",
        delta={"stop_reason": "tool_use", "new": 1},
        usage={"output_tokens": 15, "cache_creation_input_tokens": 3},
    )
    + line("message_stop")
)


def stream(body: bytes, headers: dict[str, str] | None = None) -> list[Any]:
    return list(events_of(AnthropicDialect().decoder(headers or {}), body))


def test_a_whole_answer() -> None:
    body = orjson.dumps(
        {
            "id": "msg_1",
            "type": "message",
            "model": "claude-x",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "xyz"},
                {"type": "text", "text": "Hello", "citations": None},
                {"type": "invented", "payload": {}},
                {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 1}},
            ],
            "stop_reason": "tool_use",
            "usage": {
                "input_tokens": 10,
                "output_tokens": 5,
                "cache_read_input_tokens": 7,
                "cache_creation_input_tokens": None,
            },
        }
    )

    assert AnthropicDialect().completion(body, HEADERS) == Completion(
        parts=(
            Reasoning("hm", dialect="anthropic", opaque="c2ln"),
            Reasoning("", dialect="anthropic", opaque='{"redacted_thinking":"xyz"}'),
            Text("Hello"),
            ToolCall("toolu_1", "add", '{"a":1}'),
        ),
        stop_reason=StopReason.TOOL_CALLS,
        usage=TokenUsage(input_tokens=10, output_tokens=5, cached_input_tokens=7),
        wire_model="claude-x",
        request_id="req_1",
        rates=RateReport(remaining_requests=49, remaining_tokens=1000, tokens_reset_s=30.0),
    )


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("end_turn", StopReason.END),
        ("max_tokens", StopReason.LENGTH),
        ("model_context_window_exceeded", StopReason.LENGTH),
        ("pause_turn", StopReason.LENGTH),
        ("stop_sequence", StopReason.STOP_SEQUENCE),
        ("refusal", StopReason.REFUSAL),
        ("of tomorrow", StopReason.UNKNOWN),
    ],
)
def test_reasons_to_stop(word: str, reason: StopReason) -> None:
    body = orjson.dumps({"content": [{"type": "text", "text": "x"}], "stop_reason": word})

    answer = AnthropicDialect().completion(body, {})

    assert (answer.stop_reason, answer.usage) == (reason, None)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"content": 1}', b"{}", b"[]", b'{"content":[{"type":"text","text":"\xff"}]}']
)
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        AnthropicDialect().completion(body, {})


def test_an_empty_answer_is_a_fault_unless_the_model_refused() -> None:
    with pytest.raises(AnswerEmpty):
        AnthropicDialect().completion(b'{"content":[{"type":"text","text":""}],"stop_reason":"end_turn"}', {})

    refused = AnthropicDialect().completion(b'{"content":[],"stop_reason":"refusal"}', {})
    assert refused.stop_reason is StopReason.REFUSAL


def test_a_stream_with_thoughts_words_and_two_calls() -> None:
    assert stream(STREAM, HEADERS) == [
        Started("claude-x", "req_1", RateReport(49, 1000, None, 30.0)),
        ReasoningDelta("Let me see", "anthropic"),
        ReasoningDelta("", "anthropic", "c2ln"),
        ReasoningDelta("", "anthropic", '{"redacted_thinking":"xyz"}'),
        TextDelta("Grüß "),
        TextDelta("🌍"),
        ToolCallDelta(0, "toolu_1", "add"),
        ToolCallDelta(0, arguments_json='{"a":'),
        ToolCallDelta(0, arguments_json="1}"),
        ToolCallDelta(1, "toolu_2", "now"),
        ToolCallDelta(1, arguments_json="{}"),
        Finished(
            StopReason.TOOL_CALLS,
            TokenUsage(input_tokens=9, output_tokens=15, cached_input_tokens=90, cache_write_tokens=3),
        ),
    ]


def test_however_a_stream_is_cut_its_events_are_the_same() -> None:
    assert_cuts_change_nothing(AnthropicDialect(), STREAM)


def test_a_stream_without_its_end_was_cut() -> None:
    for end in range(len(START + HELLO + END) - 2):
        with pytest.raises(StreamCut):
            stream((START + HELLO + END)[:end])


def test_a_stream_that_says_nothing_is_empty_unless_refused() -> None:
    with pytest.raises(AnswerEmpty):
        stream(START + END)

    refusal = line("message_delta", delta={"stop_reason": "refusal"}, usage={"output_tokens": 0}) + line("message_stop")
    assert stream(START + refusal)[-1].stop_reason is StopReason.REFUSAL


def test_nothing_counts_after_the_end() -> None:
    assert stream(START + HELLO + END + HELLO + b"data: rubbish\n\n") == stream(START + HELLO + END)


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        line("content_block_delta", index=0),
        line("content_block_start", index=0),
        line("message_start"),
        line("content_block_delta", index=0, delta={"type": "text_delta", "text": 5}),
    ],
)
def test_a_broken_event_is_malformed(bad: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        stream(START + bad + END)


def test_an_error_in_a_stream_has_its_class() -> None:
    error = line("error", error={"type": "overloaded_error", "message": "Overloaded"})
    decoder = AnthropicDialect().decoder(HEADERS)

    said = decoder.feed(START + HELLO)

    assert said[-1] == TextDelta("🌍")
    with pytest.raises(ModelOverloaded, match="Overloaded") as caught:
        decoder.feed(error)
    assert caught.value.request_id == "req_1"


@pytest.mark.parametrize(
    ("status", "kind", "message", "fault"),
    [
        (400, "invalid_request_error", "max_tokens: required", RequestRefused),
        (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", ContextTooLong),
        (400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 3", ContextTooLong),
        (400, "invalid_request_error", "Your credit balance is too low to access the API.", OutOfCredit),
        (400, "invalid_request_error", "Output blocked by content filtering policy", ContentFiltered),
        (401, "authentication_error", "invalid x-api-key", KeyRefused),
        (402, "billing_error", "pay", OutOfCredit),
        (403, "permission_error", "no", KeyRefused),
        (404, "not_found_error", "model: claude-y", ModelUnknown),
        (413, "request_too_large", "Request exceeds the maximum size", RequestRefused),
        (429, "rate_limit_error", "slow down", RateLimited),
        (500, "api_error", "Internal server error", ModelOverloaded),
        (504, "timeout_error", "timed out", ModelOverloaded),
        (529, "overloaded_error", "Overloaded", ModelOverloaded),
        (418, "teapot_error", "short", RequestRefused),
        (529, "", "", ModelOverloaded),
    ],
)
def test_errors_have_their_class(status: int, kind: str, message: str, fault: type[ModelFault]) -> None:
    body = orjson.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})

    found = AnthropicDialect().fault(status, {**HEADERS, "retry-after": "7"}, body)

    assert type(found) is fault
    assert found.request_id == "req_1"
    assert getattr(found, "retry_after_s", 7.0) == 7.0


@pytest.mark.parametrize(
    ("status", "fault"), [(502, ModelOverloaded), (403, KeyRefused), (404, ModelUnknown), (301, AnswerMalformed)]
)
def test_an_error_in_html_is_judged_by_its_status(status: int, fault: type[ModelFault]) -> None:
    found = AnthropicDialect().fault(status, {}, b"<html>" + b"x" * 5000)

    assert type(found) is fault
    assert len(str(found)) < 400


def test_a_date_to_retry_at_is_measured_by_the_providers_clock() -> None:
    headers = {"date": "Wed, 25 Nov 2026 10:00:00 GMT", "retry-after": "Wed, 25 Nov 2026 10:01:30 GMT"}

    found = AnthropicDialect().fault(429, headers, b"")

    assert isinstance(found, RateLimited)
    assert found.retry_after_s == 90.0
