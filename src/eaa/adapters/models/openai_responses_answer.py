"""What OpenAI's Responses interface answers, whole or at the end of a stream.

Source: OpenAI API reference, "The response object", checked 2026-11.
"""

from collections.abc import Iterator, Mapping

import msgspec
import orjson

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.openai_errors import reported_fault
from eaa.adapters.models.rates import rate_report, request_id
from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed, ModelFault

_LIMITS = {"max_output_tokens": StopReason.LENGTH, "content_filter": StopReason.CONTENT_FILTER}


class _Words(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class WireItem(msgspec.Struct):
    """One item of the output, of any type."""

    type: str
    id: str | None = None
    content: list[_Words] | None = None
    summary: list[_Words] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Incomplete(msgspec.Struct):
    reason: str | None = None


class WireResponse(msgspec.Struct):
    """A response."""

    output: list[WireItem] | None = None
    id: str = ""
    model: str = ""
    status: str | None = None
    incomplete_details: _Incomplete | None = None
    error: dict[str, object] | None = None
    usage: _Usage | None = None


_RESPONSE = msgspec.json.Decoder(WireResponse)


def completion(body: bytes, headers: Mapping[str, str]) -> Completion:
    """Return the answer in a whole body.

    Raises:
        ModelFault: It is no response, failed, or holds nothing.
    """
    response = decoded(body, _RESPONSE, what="the answer")
    if response.status == "failed" or response.error:
        raise failure_of(response, headers)
    if response.output is None or response.status not in {"completed", "incomplete", None}:
        raise AnswerMalformed(f"the response has no output (status: {response.status})", request_id=response.id)
    parts = tuple(parts_of(response.output))
    is_refusal = any(said.refusal for item in response.output for said in item.content or ())
    stop_reason = stop_reason_of(response, has_calls=any(isinstance(part, ToolCall) for part in parts))
    if is_refusal and stop_reason is StopReason.END:
        stop_reason = StopReason.REFUSAL
    identity = request_id(headers) or response.id
    if not parts:
        refuse_silence(stop_reason, request_id=identity)
    return Completion(
        parts=parts,
        stop_reason=stop_reason,
        usage=usage_of(response),
        wire_model=response.model,
        request_id=identity,
        rates=rate_report(headers),
    )


def failure_of(response: WireResponse, headers: Mapping[str, str]) -> ModelFault:
    """Return what the error of a failed response means."""
    return reported_fault(response.error or "the response failed", headers)


def stop_reason_of(response: WireResponse, *, has_calls: bool) -> StopReason:
    """Return why the model stopped."""
    if response.status == "incomplete":
        reason = response.incomplete_details.reason if response.incomplete_details is not None else None
        return _LIMITS.get(reason or "", StopReason.UNKNOWN)
    return StopReason.TOOL_CALLS if has_calls else StopReason.END


def usage_of(response: WireResponse) -> TokenUsage | None:
    """Return the tokens; in this format the cached ones are part of the input, in ours they are not."""
    usage = response.usage
    if usage is None or usage.input_tokens is None:
        return None
    details = usage.input_tokens_details or _InputDetails()
    cached, written = details.cached_tokens or 0, details.cache_write_tokens or 0
    thought = usage.output_tokens_details.reasoning_tokens if usage.output_tokens_details is not None else 0
    return TokenUsage(
        input_tokens=max(0, usage.input_tokens - cached - written),
        output_tokens=usage.output_tokens or 0,
        cached_input_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=thought or 0,
    )


def parts_of(items: list[WireItem]) -> Iterator[Text | Reasoning | ToolCall]:
    """Yield what the output holds, in its order."""
    for item in items:
        match item.type:
            case "message":
                for said in item.content or ():
                    words = said.text or said.refusal
                    if words:
                        yield Text(words)
            case "function_call":
                yield ToolCall(id=item.call_id or "", name=item.name or "", arguments_json=item.arguments or "{}")
            case "reasoning":
                text = "\n\n".join(said.text for said in item.summary or item.content or () if said.text)
                opaque = opaque_of(item)
                if text or opaque:
                    yield Reasoning(text=text, dialect=Dialect.RESPONSES, opaque=opaque)
            case _:
                pass


def opaque_of(item: WireItem) -> str:
    """Return the item that goes back, as JSON; empty when its thoughts stayed at the provider, which keeps none."""
    if not item.encrypted_content:
        return ""
    summary = [{"type": "summary_text", "text": said.text or ""} for said in item.summary or ()]
    kept = {"type": "reasoning", "summary": summary, "encrypted_content": item.encrypted_content}
    return orjson.dumps({"id": item.id, **kept} if item.id else kept).decode()
