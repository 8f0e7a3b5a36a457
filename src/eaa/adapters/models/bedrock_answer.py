"""What Bedrock's Converse answers.

Source: AWS, "Amazon Bedrock Runtime: Converse", response, checked 2026-11.
"""

from collections.abc import Mapping

import msgspec
import orjson

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.bedrock_faults import ERROR_TYPE, fault, request_id_of
from eaa.adapters.models.bedrock_request import REDACTED
from eaa.domain.completion import Completion, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model import Dialect
from eaa.domain.model_errors import AnswerMalformed

STOP_REASONS: Mapping[str, StopReason] = {
    "end_turn": StopReason.END,
    "tool_use": StopReason.TOOL_CALLS,
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "guardrail_intervened": StopReason.CONTENT_FILTER,
    "content_filtered": StopReason.CONTENT_FILTER,
    "refusal": StopReason.REFUSAL,
}
_BROKEN = frozenset({"malformed_model_output", "malformed_tool_use"})


class _ToolUse(msgspec.Struct, rename="camel"):
    tool_use_id: str
    name: str
    input: msgspec.Raw = msgspec.Raw(b"{}")


class _ReasoningText(msgspec.Struct):
    text: str = ""
    signature: str | None = None


class _Reasoning(msgspec.Struct, rename="camel"):
    reasoning_text: _ReasoningText | None = None
    redacted_content: str | None = None


class _Block(msgspec.Struct, rename="camel"):
    text: str | None = None
    tool_use: _ToolUse | None = None
    reasoning_content: _Reasoning | None = None


class _Message(msgspec.Struct):
    content: list[_Block]


class _Output(msgspec.Struct):
    message: _Message


class WireUsage(msgspec.Struct, rename="camel"):
    """Tokens; the kinds of input do not overlap."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None


class _Answer(msgspec.Struct, rename="camel"):
    output: _Output
    stop_reason: str
    usage: WireUsage | None = None


_ANSWER = msgspec.json.Decoder(_Answer)


def completion(body: bytes, headers: Mapping[str, str]) -> Completion:
    """Return the answer in a whole body.

    Raises:
        AnswerMalformed: It is no answer, or the model wrote a call that is none.
        AnswerEmpty: It holds nothing.
        ModelFault: The provider reports an error in place of an answer.
    """
    if ERROR_TYPE in headers:
        raise fault(200, headers, body)
    answer = decoded(body, _ANSWER, what="the answer")
    parts = tuple(part for block in answer.output.message.content if (part := _part(block)) is not None)
    stop_reason = stop_reason_of(answer.stop_reason)
    request_id = request_id_of(headers)
    if not parts:
        refuse_silence(stop_reason, request_id=request_id)
    usage = usage_of(answer.usage) if answer.usage is not None else None
    return Completion(parts=parts, stop_reason=stop_reason, usage=usage, request_id=request_id)


def stop_reason_of(word: str) -> StopReason:
    """Return the reason for the provider's word.

    Raises:
        AnswerMalformed: The model wrote what is no answer.
    """
    if word in _BROKEN:
        raise AnswerMalformed(f"the model wrote what is no answer ({word})")
    return STOP_REASONS.get(word, StopReason.UNKNOWN)


def usage_of(usage: WireUsage) -> TokenUsage:
    """Return the tokens."""
    return TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cache_read_input_tokens or 0,
        cache_write_tokens=usage.cache_write_input_tokens or 0,
    )


def redacted_opaque(data: str) -> str:
    """Return how a block of encrypted thoughts is kept until it goes back."""
    return orjson.dumps({REDACTED: data}).decode()


def _part(block: _Block) -> Text | Reasoning | ToolCall | None:
    if block.text:
        return Text(block.text)
    if block.tool_use is not None:
        call = block.tool_use
        return ToolCall(id=call.tool_use_id, name=call.name, arguments_json=bytes(call.input).decode())
    thoughts = block.reasoning_content
    if thoughts is None:
        return None
    if thoughts.redacted_content is not None:
        return Reasoning(text="", dialect=Dialect.BEDROCK, opaque=redacted_opaque(thoughts.redacted_content))
    text = thoughts.reasoning_text or _ReasoningText()
    return Reasoning(text=text.text, dialect=Dialect.BEDROCK, opaque=text.signature or "")
