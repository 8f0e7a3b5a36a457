"""What Gemini answers: whole, streamed and as an error."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.gemini import GeminiDialect
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

USAGE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 60,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 7,
    "totalTokenCount": 112,
    "promptTokensDetails": [{"modality": "TEXT"}],
}
COUNTED = TokenUsage(input_tokens=40, output_tokens=12, cached_input_tokens=60, reasoning_tokens=7)


def answer(*parts: dict[str, Any], finish: str | None = None, **facts: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0, "safetyRatings": []}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": "gemini-x", "responseId": "r1", **facts}


def event(value: object) -> bytes:
    return b"data: " + orjson.dumps(value) + b"\r\n\r\n"


STREAM = (
    event(answer({"text": "Let me see", "thought": True}))
    + event(answer({"text": "Grüß "}, usageMetadata={"promptTokenCount": 100}))
    + b": keep-alive\n\n"
    + event({"unknown": 1, "candidates": None})
    + event(answer({"text": "🌍"}, {"executableCode": {"code": "1"}}))
    + event(
        answer(
            {"functionCall": {"name": "add", "args": {"a": 1}}, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "now", "id": "own"}},
        )
    )
    + event(answer({"text": "", "thoughtSignature": "bGFzdA"}, finish="STOP", usageMetadata=USAGE))
)


def stream(body: bytes) -> list[Any]:
    return list(events_of(GeminiDialect().decoder({}), body))


def test_a_whole_answer() -> None:
    body = orjson.dumps(
        answer(
            {"text": "hm", "thought": True},
            {"text": "Hello", "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "add", "args": {"a": 1}}},
            {"functionCall": {"name": "now", "id": "own"}},
            {"inlineData": {"mimeType": "image/png"}},
            finish="STOP",
            usageMetadata=USAGE,
        )
    )

    assert GeminiDialect().completion(body, {}) == Completion(
        parts=(
            Reasoning("hm", dialect="gemini"),
            Reasoning("", dialect="gemini", opaque="c2ln"),
            Text("Hello"),
            ToolCall("eaa-r1-0", "add", '{"a":1}'),
            ToolCall("own", "now", "{}"),
        ),
        stop_reason=StopReason.TOOL_CALLS,
        usage=COUNTED,
        wire_model="gemini-x",
        request_id="r1",
    )


def test_ids_are_made_of_the_answer_where_it_has_no_id() -> None:
    def call_of(count: int) -> str:
        call = {"functionCall": {"name": "add"}}
        value = answer(call, finish="STOP", responseId="", usageMetadata={"promptTokenCount": count})
        return GeminiDialect().completion(orjson.dumps(value), {}).tool_calls[0].id

    assert call_of(1) == call_of(1) != call_of(2)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("STOP", StopReason.END),
        ("MAX_TOKENS", StopReason.LENGTH),
        ("SAFETY", StopReason.CONTENT_FILTER),
        ("RECITATION", StopReason.CONTENT_FILTER),
        ("PROHIBITED_CONTENT", StopReason.CONTENT_FILTER),
        ("OTHER", StopReason.UNKNOWN),
        ("OF_TOMORROW", StopReason.UNKNOWN),
    ],
)
def test_reasons_to_stop(word: str, reason: StopReason) -> None:
    body = orjson.dumps(answer({"text": "x"}, finish=word))

    found = GeminiDialect().completion(body, {})

    assert (found.stop_reason, found.usage) == (reason, None)


@pytest.mark.parametrize(
    "value",
    [
        {"candidates": 1},
        {},
        {"candidates": []},
        answer({"text": "unfinished"}),
        answer({"text": 5}, finish="STOP"),
        answer(finish="MALFORMED_FUNCTION_CALL"),
        [],
    ],
)
def test_what_is_no_answer_is_malformed(value: object) -> None:
    with pytest.raises(AnswerMalformed):
        GeminiDialect().completion(orjson.dumps(value), {})


def test_an_empty_answer_is_a_fault_unless_it_was_filtered_or_cut() -> None:
    with pytest.raises(AnswerEmpty):
        GeminiDialect().completion(orjson.dumps(answer(finish="STOP")), {})

    filtered = GeminiDialect().completion(orjson.dumps({"candidates": [{"finishReason": "SAFETY"}]}), {})
    cut = GeminiDialect().completion(orjson.dumps({"candidates": [{"finishReason": "MAX_TOKENS", "content": {}}]}), {})
    assert (filtered.stop_reason, cut.stop_reason) == (StopReason.CONTENT_FILTER, StopReason.LENGTH)


def test_a_refused_prompt_is_filtered_whole_and_streamed() -> None:
    blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": USAGE, "responseId": "r9"}

    with pytest.raises(ContentFiltered, match="PROHIBITED_CONTENT") as caught:
        GeminiDialect().completion(orjson.dumps(blocked), {})
    with pytest.raises(ContentFiltered):
        stream(event(blocked))
    assert caught.value.request_id == "r9"


def test_a_stream_with_thoughts_words_and_two_calls() -> None:
    assert stream(STREAM) == [
        Started("gemini-x", "r1"),
        ReasoningDelta("Let me see", "gemini"),
        TextDelta("Grüß "),
        TextDelta("🌍"),
        ReasoningDelta("", "gemini", "c2ln"),
        ToolCallDelta(0, "eaa-r1-0", "add", '{"a":1}'),
        ToolCallDelta(1, "own", "now", "{}"),
        ReasoningDelta("", "gemini", "bGFzdA"),
        Finished(StopReason.TOOL_CALLS, COUNTED),
    ]


def test_however_a_stream_is_cut_its_events_are_the_same() -> None:
    assert_cuts_change_nothing(GeminiDialect(), STREAM)


def test_a_stream_without_a_reason_to_stop_was_cut() -> None:
    body = event(answer({"text": "Grüß "})) + event(answer({"text": "dich"}, finish="STOP"))

    for end in range(len(body) - 3):
        with pytest.raises(StreamCut):
            stream(body[:end])


def test_a_stream_that_says_nothing_is_empty() -> None:
    with pytest.raises(AnswerEmpty):
        stream(event(answer({"text": ""}, finish="STOP")))
    with pytest.raises(AnswerMalformed):
        stream(event(answer({"text": "Ca"}, finish="MALFORMED_FUNCTION_CALL")))


def test_an_error_in_a_stream_has_its_class() -> None:
    error = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    decoder = GeminiDialect().decoder({})
    decoder.feed(event(answer({"text": "Grüß "})))

    with pytest.raises(ModelOverloaded, match="overloaded"):
        decoder.feed(event(error))


@pytest.mark.parametrize("data", [b"data: {\n\n", b"data: [1]\n\n", b'data: {"candidates":{}}\n\n'])
def test_a_broken_event_is_malformed(data: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        stream(data)


def error_body(code: int, status: str, message: str, *details: dict[str, Any]) -> bytes:
    return orjson.dumps({"error": {"code": code, "message": message, "status": status, "details": list(details)}})


BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
NO_BILLING = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "BILLING_DISABLED", "metadata": {}}
TOO_LONG = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (error_body(400, "INVALID_ARGUMENT", "API key not valid. Please pass one.", BAD_KEY), KeyRefused),
        (error_body(400, "INVALID_ARGUMENT", "Invalid JSON payload received."), RequestRefused),
        (error_body(400, "INVALID_ARGUMENT", TOO_LONG), ContextTooLong),
        (error_body(400, "FAILED_PRECONDITION", "Please enable billing on your project."), OutOfCredit),
        (error_body(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), KeyRefused),
        (error_body(403, "PERMISSION_DENIED", "no"), KeyRefused),
        (error_body(403, "PERMISSION_DENIED", "This API method requires it.", NO_BILLING), OutOfCredit),
        (error_body(404, "NOT_FOUND", "models/x is not found"), ModelUnknown),
        (error_body(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), OutOfCredit),
        (error_body(500, "INTERNAL", "An internal error"), ModelOverloaded),
        (error_body(504, "DEADLINE_EXCEEDED", "late"), ModelOverloaded),
        (b"[" + error_body(503, "UNAVAILABLE", "busy") + b"]", ModelOverloaded),
        (error_body(429, "", ""), RateLimited),
    ],
)
def test_errors_have_their_class(body: bytes, fault: type[ModelFault]) -> None:
    value = orjson.loads(body)
    code = (value[0] if isinstance(value, list) else value)["error"]["code"]

    assert type(GeminiDialect().fault(code, {}, body)) is fault


def test_the_delay_to_retry_after_is_in_the_details() -> None:
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "22.5s"}
    quota = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaValue": "250"}]}

    found = GeminiDialect().fault(429, {}, error_body(429, "RESOURCE_EXHAUSTED", "quota", quota, delay))

    assert isinstance(found, RateLimited)
    assert found.retry_after_s == 22.5


@pytest.mark.parametrize(("status", "fault"), [(502, ModelOverloaded), (404, ModelUnknown)])
@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"error":"words"}'])
def test_an_error_of_another_shape_is_judged_by_its_status(status: int, fault: type[ModelFault], body: bytes) -> None:
    assert type(GeminiDialect().fault(status, {}, body)) is fault


def test_vectors_in_the_texts_order() -> None:
    body = b'{"embeddings":[{"values":[0.5,1]},{"values":[2,3]}],"usageMetadata":{"promptTokenCount":4}}'

    found = GeminiDialect().embeddings(body, {})

    assert found.vectors == ((0.5, 1.0), (2.0, 3.0))
    assert found.usage == TokenUsage(input_tokens=4)
    with pytest.raises(AnswerMalformed):
        GeminiDialect().embeddings(b"{}", {})
