"""What OpenAI's Responses interface answers: whole, streamed and as an error."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.openai_responses import ResponsesDialect
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
    ContextTooLong,
    KeyRefused,
    ModelOverloaded,
    OutOfCredit,
    RateLimited,
    StreamCut,
)
from tests.support.model_wires import assert_cuts_change_nothing, events_of

HEADERS = {"x-request-id": "req_1", "x-ratelimit-remaining-requests": "9"}
RATES = RateReport(remaining_requests=9)
USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 7},
    "total_tokens": 120,
}
COUNTED = TokenUsage(input_tokens=40, output_tokens=20, cached_input_tokens=60, reasoning_tokens=7)
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "status": None,
    "summary": [{"type": "summary_text", "text": "hm"}],
    "encrypted_content": "xyz",
}
KEPT = '{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xyz"}'
CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "add", "arguments": '{"a":1}'}
MESSAGE = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
}


def response(*output: dict[str, Any], status: str = "completed", **facts: Any) -> dict[str, Any]:
    return {"id": "resp_1", "model": "gpt-x", "status": status, "error": None, "output": list(output), **facts}


def event(kind: str, **facts: Any) -> bytes:
    value = {"type": kind, "sequence_number": 1, **facts}
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(value))


CREATED = event("response.created", response=response(status="in_progress")) + event("response.in_progress")
HELLO = event("response.output_text.delta", output_index=0, delta="Grüß ") + event(
    "response.output_text.delta", output_index=0, delta="🌍", logprobs=[]
)
DONE = event("response.completed", response=response(MESSAGE, usage=USAGE))
STREAM = (
    CREATED
    + event("response.output_item.added", output_index=0, item={"type": "reasoning", "id": "rs_1", "summary": []})
    + event("response.reasoning_summary_text.delta", output_index=0, summary_index=0, delta="hm")
    + event("response.output_item.done", output_index=0, item=THOUGHT)
    + b": keep-alive\n\n"
    + event("response.output_item.added", output_index=1, item={**MESSAGE, "content": []})
    + HELLO
    + event("response.output_text.done", output_index=1, text="Grüß 🌍")
    + event("response.output_item.done", output_index=1, item=MESSAGE)
    + event("response.output_item.added", output_index=2, item={**CALL, "arguments": ""})
    + event("response.function_call_arguments.delta", output_index=2, delta='{"a":')
    + event("response.function_call_arguments.delta", output_index=2, delta="1}")
    + event("response.function_call_arguments.done", output_index=2, arguments='{"a":1}')
    + event("response.output_item.done", output_index=2, item=CALL)
    + event("response.output_item.done", output_index=3, item={**CALL, "call_id": "call_2", "arguments": "{}"})
    + event("response.of_tomorrow", payload=[1])
    + event("response.completed", response=response(THOUGHT, MESSAGE, CALL, usage=USAGE))
)


def stream(body: bytes, headers: dict[str, str] | None = None) -> list[Any]:
    return list(events_of(ResponsesDialect().decoder(headers or {}), body))


def test_a_whole_answer() -> None:
    body = orjson.dumps(response(THOUGHT, MESSAGE, {"type": "web_search_call", "id": "ws"}, CALL, usage=USAGE))

    assert ResponsesDialect().completion(body, HEADERS) == Completion(
        parts=(
            Reasoning("hm", dialect="openai-responses", opaque=KEPT),
            Text("Hello"),
            ToolCall("call_1", "add", '{"a":1}'),
        ),
        stop_reason=StopReason.TOOL_CALLS,
        usage=COUNTED,
        wire_model="gpt-x",
        request_id="req_1",
        rates=RATES,
    )


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, StopReason.END),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, StopReason.LENGTH),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, StopReason.CONTENT_FILTER),
        ({"status": "incomplete", "incomplete_details": None}, StopReason.UNKNOWN),
    ],
)
def test_reasons_to_stop(facts: dict[str, Any], reason: StopReason) -> None:
    whole = ResponsesDialect().completion(orjson.dumps(response(MESSAGE, **facts)), {})
    kind = f"response.{facts.get('status', 'completed')}"
    last = stream(CREATED + HELLO + event(kind, response=response(MESSAGE, **facts)))[-1]

    assert (whole.stop_reason, whole.usage, whole.request_id) == (reason, None, "resp_1")
    assert last == Finished(reason, None)


def test_a_refusal_has_its_words_and_its_reason() -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}

    whole = ResponsesDialect().completion(orjson.dumps(response(refusal)), {})
    events = stream(
        CREATED + event("response.refusal.delta", delta="No.") + event("response.completed", response=response(refusal))
    )

    assert (whole.text, whole.stop_reason) == ("No.", StopReason.REFUSAL)
    assert events[1:] == [TextDelta("No."), Finished(StopReason.REFUSAL, None)]


def test_a_thought_without_its_encrypted_form_is_shown_and_not_sent_back() -> None:
    thought = {**THOUGHT, "encrypted_content": None}

    found = ResponsesDialect().completion(orjson.dumps(response(thought, MESSAGE)), {})

    assert found.parts[0] == Reasoning("hm", dialect="openai-responses", opaque="")


@pytest.mark.parametrize("value", [{}, [], {"output": 1}, response(status="queued"), response({"no": "type"})])
def test_what_is_no_answer_is_malformed(value: object) -> None:
    with pytest.raises(AnswerMalformed):
        ResponsesDialect().completion(orjson.dumps(value), {})


def test_an_empty_answer_is_a_fault() -> None:
    with pytest.raises(AnswerEmpty):
        ResponsesDialect().completion(orjson.dumps(response()), {})
    with pytest.raises(AnswerEmpty):
        stream(CREATED + event("response.completed", response=response()))


def test_a_stream_with_thoughts_words_and_two_calls() -> None:
    assert stream(STREAM, HEADERS) == [
        Started("gpt-x", "req_1", RATES),
        ReasoningDelta("hm", "openai-responses"),
        ReasoningDelta("", "openai-responses", KEPT),
        TextDelta("Grüß "),
        TextDelta("🌍"),
        ToolCallDelta(0, "call_1", "add"),
        ToolCallDelta(0, arguments_json='{"a":'),
        ToolCallDelta(0, arguments_json="1}"),
        ToolCallDelta(1, "call_2", "add"),
        ToolCallDelta(1, arguments_json="{}"),
        Finished(StopReason.TOOL_CALLS, COUNTED),
    ]


def test_however_a_stream_is_cut_its_events_are_the_same() -> None:
    assert_cuts_change_nothing(ResponsesDialect(), STREAM)


def test_event_names_may_be_missing() -> None:
    nameless = b"".join(line + b"\n" for line in STREAM.split(b"\n") if not line.startswith(b"event:"))

    assert stream(nameless, HEADERS) == stream(STREAM, HEADERS)


def test_a_stream_without_its_end_was_cut() -> None:
    body = CREATED + HELLO + DONE

    for end in range(len(body) - 2):
        with pytest.raises(StreamCut):
            stream(body[:end])
    assert stream(body + HELLO + b"data: [DONE]\n\n") == stream(body)


@pytest.mark.parametrize(
    "bad",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        event("response.completed"),
        event("response.output_item.added"),
        event("response.function_call_arguments.delta", output_index=7, delta="{"),
        event("response.output_text.delta", delta=5),
    ],
)
def test_a_broken_event_is_malformed(bad: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        stream(CREATED + bad + DONE)


@pytest.mark.parametrize(
    "bad",
    [
        event("error", code="server_error", message="Sorry.", param=None),
        event("error", error={"type": "server_error", "message": "Sorry."}),
        b'data: {"type":"error","message":"Sorry."}\n\n',
        event(
            "response.failed", response=response(status="failed", error={"code": "server_error", "message": "Sorry."})
        ),
    ],
)
def test_an_error_in_a_stream_has_its_class(bad: bytes) -> None:
    decoder = ResponsesDialect().decoder({})

    said = decoder.feed(CREATED + HELLO)

    assert said[-1] == TextDelta("🌍")
    with pytest.raises(ModelOverloaded, match="Sorry"):
        decoder.feed(bad)


def test_failures_of_a_response_have_their_class() -> None:
    def failed(code: str) -> bytes:
        return orjson.dumps(response(status="failed", error={"code": code, "message": "no"}))

    with pytest.raises(RateLimited):
        ResponsesDialect().completion(failed("rate_limit_exceeded"), {})
    with pytest.raises(OutOfCredit):
        ResponsesDialect().completion(failed("insufficient_quota"), {})
    with pytest.raises(ContextTooLong):
        ResponsesDialect().completion(failed("context_length_exceeded"), {})


def test_a_refused_key_is_told_by_its_status() -> None:
    body = b'{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}'

    assert type(ResponsesDialect().fault(401, {}, body)) is KeyRefused
