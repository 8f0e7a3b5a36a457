"""What comes back in the chat-completions format, from its owner and from those who serve the same."""

from typing import Any

import orjson
import pytest

from eaa.adapters.models.openai_chat import OpenAiChat
from eaa.domain.completion import (
    Completion,
    CompletionEvent,
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

DIALECT = OpenAiChat()


def answer(message: dict[str, Any], **more: Any) -> Completion:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": more.pop("finish", "stop")}
    body = {"id": "chatcmpl-1", "model": "m", "choices": [choice | more.pop("choice", {})], "new": {"field": 1}, **more}
    return DIALECT.completion(orjson.dumps(body), {})


def heard(*chunks: Any, done: bool = True) -> list[CompletionEvent]:
    """Decode a stream one byte at a time; a dictionary is the delta of a chunk."""
    lines = [chunk if isinstance(chunk, str) else orjson.dumps(chunk).decode() for chunk in chunks]
    stream = "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])]).encode()
    decoder = DIALECT.decoder({})
    events = [event for at in range(len(stream)) for event in decoder.feed(stream[at : at + 1])]
    return events + decoder.end()


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_are_kept_apart_from_words(field: str) -> None:
    assert answer({"content": "Yes.", field: "Hm."}).parts == (Reasoning("Hm.", "openai"), Text("Yes."))
    assert heard(chunk({field: "Hm."}), chunk({"content": "Yes."}, "stop"))[1:3] == [
        ReasoningDelta("Hm.", "openai"),
        TextDelta("Yes."),
    ]


def test_mistrals_lists_of_parts_are_read() -> None:
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Yes."},
    ]

    assert answer({"content": content}).parts == (Reasoning("Hm.", "openai"), Text("Yes."))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5}, TokenUsage(10, 5)),
        (
            {
                "prompt_tokens": 110,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 100},
                "completion_tokens_details": {"reasoning_tokens": 4},
            },
            TokenUsage(10, 5, cached_input_tokens=100, reasoning_tokens=4),
        ),
        (
            {"prompt_tokens": 110, "completion_tokens": 5, "prompt_cache_hit_tokens": 100},
            TokenUsage(10, 5, cached_input_tokens=100),
        ),
        ({"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": None}, TokenUsage(3, 0)),
        (None, None),
    ],
    ids=["plain", "details", "deepseek", "nulls", "nothing"],
)
def test_usage_is_counted_without_overlap(usage: Any, expected: TokenUsage | None) -> None:
    assert answer({"content": "Yes."}, usage=usage).usage == expected
    last = heard(chunk({"content": "Yes."}, "stop"), {"choices": [], "usage": usage})[-1]
    assert last == Finished(StopReason.END, expected)


def test_groq_reports_the_usage_of_a_stream_in_a_field_of_its_own() -> None:
    extra = {"x_groq": {"usage": {"prompt_tokens": 10, "completion_tokens": 5}}}

    assert heard(chunk({"content": "Yes."}, "stop", **extra))[-1] == Finished(StopReason.END, TokenUsage(10, 5))


@pytest.mark.parametrize(
    ("finish", "more", "expected"),
    [
        ("stop", {}, StopReason.END),
        ("length", {}, StopReason.LENGTH),
        ("model_length", {}, StopReason.LENGTH),
        ("content_filter", {}, StopReason.CONTENT_FILTER),
        ("stop", {"stop_reason": "END"}, StopReason.STOP_SEQUENCE),
        ("stop", {"stop_reason": 128009}, StopReason.END),
        (None, {}, StopReason.UNKNOWN),
        ("something_new", {}, StopReason.UNKNOWN),
    ],
)
def test_reasons_to_stop_are_told_apart(finish: str | None, more: dict[str, Any], expected: StopReason) -> None:
    assert answer({"content": "Yes."}, finish=finish, choice=more).stop_reason is expected


def test_a_forced_call_that_ends_with_stop_is_still_a_call() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    assert answer({"content": None, "tool_calls": [call]}).stop_reason is StopReason.TOOL_CALLS


def test_calls_without_an_id_and_with_an_object_are_read() -> None:
    call = {"function": {"name": "f", "arguments": {"a": 1}}}

    assert answer({"tool_calls": [call, call]}).tool_calls == (
        ToolCall("chatcmpl-1-0", "f", '{"a":1}'),
        ToolCall("chatcmpl-1-1", "f", '{"a":1}'),
    )


def piece(index: int | None, call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(0, "a", "f", ""), piece(0, None, None, "{}"), piece(1, "b", "g", ""), piece(1, None, None, "[]")],
        [piece(0, "a", "f", "{}"), piece(0, "b", "g", "[]")],
        [piece(None, "a", "f", "{}"), piece(None, "b", "g", ""), piece(None, None, None, "[]")],
        [piece(0, "a", "f", "{"), piece(1, "b", "g", "["), piece(0, "a", "f", "}"), piece(1, "", "", "]")],
    ],
    ids=["by index", "all zero", "no index", "in turns"],
)
def test_pieces_of_calls_find_together_however_the_server_counts(pieces: list[dict[str, Any]]) -> None:
    events = heard(*[chunk({"tool_calls": [one]}) for one in pieces], chunk({}, "tool_calls"))

    deltas = [event for event in events if isinstance(event, ToolCallDelta)]
    texts = {index: "".join(one.arguments_json for one in deltas if one.index == index) for index in (0, 1)}
    assert texts == {0: "{}", 1: "[]"}
    assert [(one.id, one.name) for one in deltas if one.id] == [("a", "f"), ("b", "g")]
    assert events[-1] == Finished(StopReason.TOOL_CALLS, None)


def test_a_stream_without_done_is_whole_after_a_reason_to_stop_and_cut_before() -> None:
    assert heard(chunk({"content": "Yes."}, "stop"), done=False)[-1] == Finished(StopReason.END, None)
    with pytest.raises(StreamCut):
        heard(chunk({"content": "Yes."}), done=False)
    with pytest.raises(StreamCut):
        heard(done=False)


def test_silence_is_an_error_unless_its_reason_explains_it() -> None:
    with pytest.raises(AnswerEmpty):
        answer({"content": ""})
    with pytest.raises(AnswerEmpty):
        heard(chunk({"content": ""}, "stop"))
    assert answer({"content": None}, finish="length").parts == ()
    assert heard(chunk({}, "content_filter"))[-1] == Finished(StopReason.CONTENT_FILTER, None)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"{}", b'{"choices": []}', b'{"choices": [{}]}', b"\xff"])
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        DIALECT.completion(body, {})


@pytest.mark.parametrize(
    "event", ["{", "[]", '{"choices": 7}', "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1")]
)
def test_what_is_no_event_is_malformed(event: str) -> None:
    with pytest.raises(AnswerMalformed):
        heard(event)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 502, "message": "Provider returned error"}, ModelOverloaded),
        ({"code": 429, "message": "slow down"}, RateLimited),
        ({"code": 402, "message": "more credits"}, OutOfCredit),
        ({"type": "invalid_request_error", "code": "context_length_exceeded", "message": "long"}, ContextTooLong),
        ({"type": "BadRequestError", "code": 400, "message": "bad"}, RequestRefused),
        ({"message": "no word of what"}, ModelOverloaded),
        ("just words", ModelOverloaded),
    ],
)
def test_an_error_inside_a_200_or_a_stream_is_that_error(error: Any, expected: type[ModelFault]) -> None:
    with pytest.raises(ModelFault) as whole:
        DIALECT.completion(orjson.dumps({"error": error}), {})
    with pytest.raises(ModelFault) as streamed:
        heard(chunk({"content": "Hi"}), {"error": error})

    assert type(whole.value) is expected
    assert type(streamed.value) is expected


LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {"error": {"type": "insufficient_quota", "code": "insufficient_quota", "message": "m"}}, OutOfCredit),
        (402, {"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}}, OutOfCredit),
        (429, {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}, RateLimited),
        (429, {"error": {"message": "Request too large for model `x` on tokens per min"}}, ContextTooLong),
        (413, {"error": {"message": "Request too large for model `x`", "code": "rate_limit_exceeded"}}, ContextTooLong),
        (400, {"error": {"message": LONG, "code": "context_length_exceeded"}}, ContextTooLong),
        (400, {"object": "error", "message": LONG, "type": "BadRequestError", "code": 400}, ContextTooLong),
        (400, {"error": "the input length exceeds the context length"}, ContextTooLong),
        (400, {"error": {"code": 400, "message": "x", "type": "exceed_context_size_error"}}, ContextTooLong),
        (
            400,
            {
                "object": "error",
                "message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
            },
            ContextTooLong,
        ),
        (400, {"error": {"message": "Please reduce the length of the messages or completion."}}, ContextTooLong),
        (400, {"error": {"code": "content_filter", "message": "m"}}, ContentFiltered),
        (400, {"error": {"message": "m", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, ContentFiltered),
        (403, {"error": {"code": 403, "message": "x requires moderation"}}, ContentFiltered),
        (404, {"error": {"code": "model_not_found", "message": "m"}}, ModelUnknown),
        (404, {"error": 'model "x" not found, try pulling it first'}, ModelUnknown),
        (400, {"error": {"message": "x is not a valid model ID", "code": 400}}, ModelUnknown),
        (400, {"error": {"message": "Model Not Exist"}}, ModelUnknown),
        (401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, KeyRefused),
        (401, {"message": "Unauthorized"}, KeyRefused),
        (403, {"error": {"message": "no"}}, KeyRefused),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "extra"}]}, RequestRefused),
        (500, {"error": {"message": "oops"}}, ModelOverloaded),
        (500, {"error": {"message": "the prompt is too long"}}, ContextTooLong),
        (529, {}, ModelOverloaded),
    ],
)
def test_each_servers_words_for_an_error_are_understood(status: int, body: Any, expected: type[ModelFault]) -> None:
    fault = DIALECT.fault(status, {"x-request-id": "req_1"}, orjson.dumps(body))

    assert type(fault) is expected
    assert fault.request_id == "req_1"


def test_an_error_page_is_quoted_briefly() -> None:
    fault = DIALECT.fault(502, {}, b"<html>" + b"Bad gateway. " * 1000)

    assert isinstance(fault, ModelOverloaded)
    assert "Bad gateway" in str(fault)
    assert len(str(fault)) < 320


def test_headers_say_what_is_left() -> None:
    headers = {
        "x-request-id": "req_1",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-reset-tokens": "6m0.5s",
    }
    body = orjson.dumps({"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})
    expected = RateReport(59, 149984, 1.0, 360.5)

    completion = DIALECT.completion(body, headers)
    started = DIALECT.decoder(headers).feed(b'data: {"choices": []}\n\n')

    assert (completion.rates, completion.request_id) == (expected, "req_1")
    assert started == [Started("", "req_1", expected)]
