"""What Anthropic's Messages interface answers: whole bodies, their reasons to stop, tokens.

Source: Anthropic, "Messages API", "Handling stop reasons", checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
import orjson

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.anthropic_faults import WireError, fault_of_error
from eaa.adapters.models.anthropic_request import REDACTED
from eaa.adapters.models.rates import rate_report, request_id
from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed

STOP_REASONS: Mapping[str, StopReason] = {
    "end_turn": StopReason.END,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    # The provider paused in the middle: what came is no whole answer, whatever the limit was.
    "pause_turn": StopReason.LENGTH,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "refusal": StopReason.REFUSAL,
}


class _OutputDetails(msgspec.Struct):
    thinking_tokens: int | None = None


class WireUsage(msgspec.Struct):
    """Tokens, as this format counts them: the kinds of input do not overlap."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None


class WireBlock(msgspec.Struct):
    """A block of content of any type; only its own type's fields are set."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _Answer(msgspec.Struct):
    content: list[WireBlock] | None = None
    error: WireError | None = None
    model: str = ""
    stop_reason: str | None = None
    usage: WireUsage | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


def completion(body: bytes, headers: Mapping[str, str]) -> Completion:
    """Return the answer in a whole body.

    Raises:
        ModelFault: The provider reports an error in place of an answer.
        AnswerMalformed: It is no message.
        AnswerEmpty: It holds nothing.
    """
    answer = decoded(body, _ANSWER, what="the answer")
    if answer.error is not None:
        raise fault_of_error(answer.error, headers=headers)
    if answer.content is None:
        raise AnswerMalformed("the answer has no content", request_id=request_id(headers))
    parts = tuple(part for block in answer.content if (part := _part(block)) is not None)
    stop_reason = stop_reason_of(answer.stop_reason)
    if not parts:
        refuse_silence(stop_reason, request_id=request_id(headers))
    return Completion(
        parts=parts,
        stop_reason=stop_reason,
        usage=usage_of(answer.usage) if answer.usage is not None else None,
        wire_model=answer.model,
        request_id=request_id(headers),
        rates=rate_report(headers),
    )


def stop_reason_of(word: str | None) -> StopReason:
    """Return the reason for the provider's word."""
    return STOP_REASONS.get(word or "", StopReason.UNKNOWN)


def usage_of(usage: WireUsage) -> TokenUsage:
    """Return the tokens; thoughts are part of the output."""
    details = usage.output_tokens_details
    return TokenUsage(
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        cached_input_tokens=usage.cache_read_input_tokens or 0,
        cache_write_tokens=usage.cache_creation_input_tokens or 0,
        reasoning_tokens=(details.thinking_tokens or 0) if details is not None else 0,
    )


def redacted_opaque(data: str) -> str:
    """Return how a block of encrypted thoughts is kept until it goes back."""
    return orjson.dumps({REDACTED: data}).decode()


def _part(block: WireBlock) -> Text | Reasoning | ToolCall | None:
    match block.type:
        case "text":
            return Text(block.text) if block.text else None
        case "tool_use":
            return ToolCall(id=block.id or "", name=block.name or "", arguments_json=bytes(block.input).decode())
        case "thinking":
            return Reasoning(text=block.thinking or "", dialect=Dialect.ANTHROPIC, opaque=block.signature or "")
        case "redacted_thinking":
            return Reasoning(text="", dialect=Dialect.ANTHROPIC, opaque=redacted_opaque(block.data or ""))
        case _:
            return None
