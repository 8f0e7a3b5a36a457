"""Answers and events of orchestrator.proto as ours."""

from collections.abc import Iterator

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
from eaa.wire import orchestrator_pb2 as pb


def answer_of(message: pb.Answer) -> Answer:
    """Return a whole answer.

    Raises:
        AnswerMalformed: A newer service says what this version does not know.
    """
    completion = Completion(
        parts=tuple(_parts(message)),
        stop_reason=_reason(message.stop_reason),
        usage=_usage(message.usage) if message.HasField("usage") else None,
        wire_model=message.wire_model,
        request_id=message.request_id,
    )
    settled = _settled(message.settlement)
    return Answer(completion, settled.model, settled.cost_microusd, settled.is_from_cache, settled.attempts)


def event_of(message: pb.StreamEvent) -> OrchestratedEvent:
    """Return an event of a stream.

    Raises:
        AnswerMalformed: A newer service says what this version does not know.
    """
    match message.WhichOneof("event"):
        case "started":
            return Started(wire_model=message.started.wire_model, request_id=message.started.request_id)
        case "text":
            return TextDelta(message.text)
        case "reasoning":
            thought = message.reasoning
            return ReasoningDelta(thought.text, dialect=thought.dialect, opaque=thought.opaque)
        case "tool_call":
            call = message.tool_call
            return ToolCallDelta(call.index, id=call.id, name=call.name, arguments_json=call.arguments_json)
        case "restarted":
            return Restarted(message.restarted)
        case "finished":
            end = message.finished
            return Finished(_reason(end.stop_reason), _usage(end.usage) if end.HasField("usage") else None)
        case "settled":
            return _settled(message.settled)
        case _:
            raise AnswerMalformed("the orchestrator sent an event that this version does not know")


def embeddings_of(message: pb.EmbedAnswer) -> Embeddings:
    """Return vectors."""
    return Embeddings(
        vectors=tuple(tuple(vector.values) for vector in message.vectors),
        usage=_usage(message.usage) if message.HasField("usage") else None,
        wire_model=message.wire_model,
    )


def _parts(message: pb.Answer) -> Iterator[Text | Reasoning | ToolCall]:
    for part in message.parts:
        match part.WhichOneof("part"):
            case "text":
                yield Text(part.text.text, ends_prefix=part.text.ends_prefix)
            case "reasoning":
                thought = part.reasoning
                yield Reasoning(thought.text, dialect=thought.dialect, opaque=thought.opaque)
            case "tool_call":
                yield ToolCall(part.tool_call.id, part.tool_call.name, part.tool_call.arguments_json)
            case _:
                raise AnswerMalformed("the orchestrator's answer holds a part that this version does not know")


def _settled(message: pb.Settlement) -> Settled:
    return Settled(
        model=message.model,
        cost_microusd=message.cost_microusd if message.HasField("cost_microusd") else None,
        is_from_cache=message.is_from_cache,
        attempts=tuple(Attempt(one.model, one.outcome, one.seconds, one.cost_microusd) for one in message.attempts),
    )


def _usage(usage: pb.Usage) -> TokenUsage:
    return TokenUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def _reason(word: str) -> StopReason:
    try:
        return StopReason(word)
    except ValueError:
        raise AnswerMalformed(
            f"the orchestrator gave a reason to stop that this version does not know: {word}"
        ) from None
