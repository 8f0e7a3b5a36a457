"""Answers of the service as ours. Unknown fields are passed over: a newer service may say more."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec import Struct

from eaa.adapters.orchestrator.faults import FaultBody, fault_of
from eaa.domain.ask import Answer, Attempt, OrchestratedEvent, Settled
from eaa.domain.completion import (
    Completion,
    Embeddings,
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
from eaa.domain.model_errors import AnswerMalformed

_END = b"[DONE]"
T = TypeVar("T")


class _PromptDetails(Struct, frozen=True):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class _OutputDetails(Struct, frozen=True):
    reasoning_tokens: int = 0


class _Usage(Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int = 0
    prompt_tokens_details: _PromptDetails = _PromptDetails()
    completion_tokens_details: _OutputDetails = _OutputDetails()

    def read(self) -> TokenUsage:
        details = self.prompt_tokens_details
        return TokenUsage(
            input_tokens=self.prompt_tokens - details.cached_tokens - details.cache_write_tokens,
            output_tokens=self.completion_tokens,
            cached_input_tokens=details.cached_tokens,
            cache_write_tokens=details.cache_write_tokens,
            reasoning_tokens=self.completion_tokens_details.reasoning_tokens,
        )


class _Function(Struct, frozen=True):
    name: str = ""
    arguments: str = ""


class _Call(Struct, frozen=True):
    function: _Function
    id: str = ""
    index: int = 0


class _Part(Struct, frozen=True):
    type: str
    text: str = ""
    dialect: str = ""
    opaque: str = ""
    id: str = ""


class _MessageFacts(Struct, frozen=True):
    parts: list[_Part] = []


class _Message(Struct, frozen=True):
    role: str = ""
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None
    eaa: _MessageFacts | None = None


class _Choice(Struct, frozen=True):
    message: _Message = _Message()
    delta: _Message = _Message()
    finish_reason: str | None = None


class _Thought(Struct, frozen=True):
    dialect: str
    opaque: str = ""


class _Facts(Struct, frozen=True):
    model: str = ""
    wire_model: str = ""
    request_id: str = ""
    stop_reason: StopReason = StopReason.UNKNOWN
    cost_microusd: int | None = None
    is_from_cache: bool = False
    attempts: list[Attempt] = []
    reasoning: _Thought | None = None
    restarted: str = ""
    has_started: bool = False
    has_usage: bool = True


class _Body(Struct, frozen=True):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    eaa: _Facts = _Facts()
    error: FaultBody | None = None


class _Vector(Struct, frozen=True):
    embedding: list[float]


class _Vectors(Struct, frozen=True):
    data: list[_Vector]
    usage: _Usage
    eaa: _Facts = _Facts()


_BODY = msgspec.json.Decoder(_Body)
_VECTORS = msgspec.json.Decoder(_Vectors)


def answer_of(content: bytes) -> Answer:
    """Return a whole answer.

    Raises:
        AnswerMalformed: It is not what the service sends.
    """
    body = _decoded(content, _BODY)
    if not body.choices:
        raise AnswerMalformed("the orchestrator's answer holds none")
    facts = body.eaa
    completion = Completion(
        parts=tuple(_parts(body.choices[0].message)),
        stop_reason=facts.stop_reason,
        usage=body.usage.read() if body.usage is not None else None,
        wire_model=facts.wire_model,
        request_id=facts.request_id,
    )
    return Answer(completion, facts.model, facts.cost_microusd, facts.is_from_cache, tuple(facts.attempts))


def embeddings_of(content: bytes) -> Embeddings:
    """Return vectors.

    Raises:
        AnswerMalformed: It is not what the service sends.
    """
    body = _decoded(content, _VECTORS)
    vectors = tuple(tuple(vector.embedding) for vector in body.data)
    usage = body.usage.read() if body.eaa.has_usage else None
    return Embeddings(vectors=vectors, usage=usage, wire_model=body.eaa.wire_model)


class EventReader:
    """Reads one stream, cut into lines anywhere."""

    def __init__(self) -> None:
        self.is_over = False
        """The stream came to its end."""
        self._rest = b""
        self._end: _Facts | None = None
        """What the chunk with the reason to stop said; the usage comes after it."""
        self._usage: TokenUsage | None = None

    def feed(self, piece: bytes) -> Iterator[OrchestratedEvent]:
        """Yield the events that this piece completes.

        Raises:
            EaaError: The service says that the call failed.
            AnswerMalformed: An event is not what the service sends.
        """
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                yield from self._event(line[6:])

    def _event(self, data: bytes) -> Iterator[OrchestratedEvent]:
        if data == _END:
            yield from self._close()
            return
        body = _decoded(data, _BODY)
        if body.error is not None:
            raise fault_of(body.error)
        if body.usage is not None:
            self._usage = body.usage.read()
        for choice in body.choices:
            yield from self._choice(choice, body.eaa)

    def _choice(self, choice: _Choice, facts: _Facts) -> Iterator[OrchestratedEvent]:
        said = choice.delta
        if said.role or facts.has_started:
            yield Started(wire_model=facts.wire_model, request_id=facts.request_id)
        if facts.restarted:
            yield Restarted(facts.restarted)
        if facts.reasoning is not None:
            thought = facts.reasoning
            yield ReasoningDelta(said.reasoning_content or "", dialect=thought.dialect, opaque=thought.opaque)
        if said.content:
            yield TextDelta(said.content)
        for call in said.tool_calls or ():
            function = call.function
            yield ToolCallDelta(call.index, id=call.id, name=function.name, arguments_json=function.arguments)
        if choice.finish_reason is not None:
            self._end = facts

    def _close(self) -> Iterator[OrchestratedEvent]:
        self.is_over = True
        if (facts := self._end) is not None:
            yield Finished(facts.stop_reason, self._usage)
            yield Settled(facts.model, facts.cost_microusd, facts.is_from_cache, tuple(facts.attempts))


def _parts(message: _Message) -> Iterator[Text | Reasoning | ToolCall]:
    calls = {
        call.id: ToolCall(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or ()
    }
    if message.eaa is None:
        if text := message.content or message.refusal:
            yield Text(text)
        yield from calls.values()
        return
    for part in message.eaa.parts:
        match part.type:
            case "reasoning":
                yield Reasoning(part.text, dialect=part.dialect, opaque=part.opaque)
            case "text":
                yield Text(part.text)
            case _ if part.id in calls:
                yield calls[part.id]
            case _:
                pass


def _decoded(content: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    try:
        return decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AnswerMalformed(f"the orchestrator's answer cannot be read: {error}") from None
