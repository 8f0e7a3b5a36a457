"""What Gemini answers: one shape for a whole answer and for each event of a stream.

Source: Google, "Gemini API: GenerateContentResponse", "Embeddings", checked 2026-11.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

from eaa.adapters.models.answer_faults import decoded, refuse_silence
from eaa.adapters.models.gemini_faults import WireError, fault_of_error
from eaa.adapters.models.gemini_request import MADE_ID
from eaa.domain.completion import Completion, Embeddings, Reasoning, StopReason, Text, TokenUsage, ToolCall
from eaa.domain.model_errors import AnswerMalformed, ContentFiltered

STOP_REASONS: Mapping[str, StopReason] = {
    "STOP": StopReason.END,
    "MAX_TOKENS": StopReason.LENGTH,
    "SAFETY": StopReason.CONTENT_FILTER,
    "RECITATION": StopReason.CONTENT_FILTER,
    "BLOCKLIST": StopReason.CONTENT_FILTER,
    "PROHIBITED_CONTENT": StopReason.CONTENT_FILTER,
    "SPII": StopReason.CONTENT_FILTER,
    "IMAGE_SAFETY": StopReason.CONTENT_FILTER,
    "MODEL_ARMOR": StopReason.CONTENT_FILTER,
}
_BROKEN_CALLS = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"})


class WireCall(msgspec.Struct):
    """A function that the model asks for."""

    name: str
    args: msgspec.Raw = msgspec.Raw(b"{}")
    id: str | None = None


class WirePart(msgspec.Struct, rename="camel"):
    """A part of content; what else it may hold is passed over."""

    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    function_call: WireCall | None = None


class _Content(msgspec.Struct):
    parts: list[WirePart] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str | None = None


class WireUsage(msgspec.Struct, rename="camel"):
    """Tokens: the prompt's hold the cached ones, the candidates' do not hold the thoughts."""

    prompt_token_count: int = 0
    candidates_token_count: int = 0
    cached_content_token_count: int = 0
    thoughts_token_count: int = 0
    tool_use_prompt_token_count: int = 0


class WireAnswer(msgspec.Struct, rename="camel"):
    """An answer, or as much of it as one event holds."""

    candidates: list[_Candidate] | None = None
    prompt_feedback: _Feedback | None = None
    usage_metadata: WireUsage | None = None
    model_version: str = ""
    response_id: str = ""
    error: WireError | None = None


class _Vector(msgspec.Struct):
    values: tuple[float, ...]


class _Vectors(msgspec.Struct, rename="camel"):
    embeddings: list[_Vector]
    usage_metadata: WireUsage | None = None


_ANSWER = msgspec.json.Decoder(WireAnswer)
_VECTORS = msgspec.json.Decoder(_Vectors)


def answer_of(data: bytes, headers: Mapping[str, str]) -> WireAnswer:
    """Return the answer or event in `data`.

    Raises:
        AnswerMalformed: It is neither.
        ContentFiltered: The prompt was refused.
        ModelFault: The provider reports an error in place of an answer.
    """
    answer = decoded(data, _ANSWER, what="the answer")
    if answer.error is not None:
        raise fault_of_error(answer.error, headers=headers)
    if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason and not answer.candidates:
        reason = answer.prompt_feedback.block_reason
        raise ContentFiltered(f"the provider's filter refused the prompt ({reason})", request_id=answer.response_id)
    return answer


def parts_of(answer: WireAnswer) -> list[WirePart]:
    """Return the parts of the first candidate; no more are asked for."""
    if not answer.candidates or answer.candidates[0].content is None:
        return []
    return answer.candidates[0].content.parts or []


def finish_reason_of(answer: WireAnswer) -> str | None:
    """Return the provider's word for why it stopped, None while it goes on."""
    return answer.candidates[0].finish_reason if answer.candidates else None


def stop_reason_of(word: str, *, has_calls: bool) -> StopReason:
    """Return the reason for the provider's word; it has none of its own for calls.

    Raises:
        AnswerMalformed: The model wrote a call that is none.
    """
    if word in _BROKEN_CALLS:
        raise AnswerMalformed(f"the model's function call is none ({word})")
    reason = STOP_REASONS.get(word, StopReason.UNKNOWN)
    return StopReason.TOOL_CALLS if has_calls and reason is StopReason.END else reason


def usage_of(usage: WireUsage) -> TokenUsage:
    """Return the tokens; thoughts are part of the output, as they are paid."""
    fresh = usage.prompt_token_count - usage.cached_content_token_count + usage.tool_use_prompt_token_count
    return TokenUsage(
        input_tokens=max(0, fresh),
        output_tokens=usage.candidates_token_count + usage.thoughts_token_count,
        cached_input_tokens=usage.cached_content_token_count,
        reasoning_tokens=usage.thoughts_token_count,
    )


def call_id(call: WireCall, answer: WireAnswer, index: int, data: bytes) -> str:
    """Return the call's own id, or one made of what no other answer of a conversation shares."""
    return call.id or f"{MADE_ID}{answer.response_id or sha256(data).hexdigest()[:16]}-{index}"


def completion(body: bytes, headers: Mapping[str, str], *, dialect: str) -> Completion:
    """Return the answer in a whole body.

    Raises:
        ModelFault: It is no answer, holds nothing, or the prompt was refused.
    """
    answer = answer_of(body, headers)
    word = finish_reason_of(answer)
    if word is None:
        raise AnswerMalformed("the answer has no candidate that is finished", request_id=answer.response_id)
    parts = tuple(_parts(answer, body, dialect))
    stop_reason = stop_reason_of(word, has_calls=any(isinstance(part, ToolCall) for part in parts))
    if not parts:
        refuse_silence(stop_reason, request_id=answer.response_id)
    return Completion(
        parts=parts,
        stop_reason=stop_reason,
        usage=usage_of(answer.usage_metadata) if answer.usage_metadata is not None else None,
        wire_model=answer.model_version,
        request_id=answer.response_id,
    )


def embeddings(body: bytes) -> Embeddings:
    """Return the vectors of a batch.

    Raises:
        AnswerMalformed: There are none.
    """
    vectors = decoded(body, _VECTORS, what="the embeddings")
    usage = usage_of(vectors.usage_metadata) if vectors.usage_metadata is not None else None
    return Embeddings(vectors=tuple(vector.values for vector in vectors.embeddings), usage=usage)


def _parts(answer: WireAnswer, body: bytes, dialect: str) -> Iterator[Text | Reasoning | ToolCall]:
    """Yield the parts; a signature comes before the part that it is on."""
    calls = 0
    for part in parts_of(answer):
        if part.thought and part.text:
            yield Reasoning(text=part.text, dialect=dialect)
        if part.thought_signature:
            yield Reasoning(text="", dialect=dialect, opaque=part.thought_signature)
        if part.function_call is not None:
            call = part.function_call
            name, arguments = call.name, bytes(call.args).decode()
            yield ToolCall(id=call_id(call, answer, calls, body), name=name, arguments_json=arguments)
            calls += 1
        elif part.text and not part.thought:
            yield Text(part.text)
