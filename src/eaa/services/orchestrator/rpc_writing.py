"""Answers and events of ours in the words of orchestrator.proto."""

from collections.abc import Sequence
from typing import assert_never

from eaa.domain.ask import Answer, Attempt, OrchestratedEvent, Settled
from eaa.domain.completion import (
    Embeddings,
    Finished,
    Reasoning,
    ReasoningDelta,
    Restarted,
    Started,
    Text,
    TextDelta,
    TokenUsage,
    ToolCall,
    ToolCallDelta,
)
from eaa.wire import orchestrator_pb2 as pb


def answer_message(answer: Answer) -> pb.Answer:
    """Return a whole answer as it is sent."""
    completion = answer.completion
    return pb.Answer(
        parts=map(_part, completion.parts),
        stop_reason=completion.stop_reason,
        usage=usage_message(completion.usage),
        wire_model=completion.wire_model,
        request_id=completion.request_id,
        settlement=_settlement(answer.model, answer.cost_microusd, answer.attempts, is_kept=answer.is_from_cache),
    )


def event_message(event: OrchestratedEvent) -> pb.StreamEvent:
    """Return an event of a stream as it is sent."""
    match event:
        case Started():
            return pb.StreamEvent(started=pb.Started(wire_model=event.wire_model, request_id=event.request_id))
        case TextDelta():
            return pb.StreamEvent(text=event.text)
        case ReasoningDelta():
            thought = pb.Reasoning(text=event.text, dialect=event.dialect, opaque=event.opaque)
            return pb.StreamEvent(reasoning=thought)
        case ToolCallDelta():
            call = pb.ToolCallDelta(
                index=event.index, id=event.id, name=event.name, arguments_json=event.arguments_json
            )
            return pb.StreamEvent(tool_call=call)
        case Restarted():
            return pb.StreamEvent(restarted=event.because)
        case Finished():
            end = pb.Finished(stop_reason=event.stop_reason, usage=usage_message(event.usage))
            return pb.StreamEvent(finished=end)
        case Settled():
            settled = _settlement(event.model, event.cost_microusd, event.attempts, is_kept=event.is_from_cache)
            return pb.StreamEvent(settled=settled)
        case _:
            assert_never(event)


def embed_message(embeddings: Embeddings) -> pb.EmbedAnswer:
    """Return vectors as they are sent."""
    return pb.EmbedAnswer(
        vectors=(pb.Vector(values=vector) for vector in embeddings.vectors),
        usage=usage_message(embeddings.usage),
        wire_model=embeddings.wire_model,
    )


def usage_message(usage: TokenUsage | None) -> pb.Usage | None:
    """Return tokens as they are sent; None where the provider said nothing."""
    if usage is None:
        return None
    return pb.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
    )


def _settlement(model: str, cost_microusd: int | None, attempts: Sequence[Attempt], *, is_kept: bool) -> pb.Settlement:
    tries = (
        pb.Attempt(model=one.model, outcome=one.outcome, seconds=one.seconds, cost_microusd=one.cost_microusd)
        for one in attempts
    )
    return pb.Settlement(model=model, cost_microusd=cost_microusd, is_from_cache=is_kept, attempts=tries)


def _part(part: Text | Reasoning | ToolCall) -> pb.Part:
    match part:
        case Text():
            return pb.Part(text=pb.Text(text=part.text, ends_prefix=part.ends_prefix))
        case Reasoning():
            return pb.Part(reasoning=pb.Reasoning(text=part.text, dialect=part.dialect, opaque=part.opaque))
        case ToolCall():
            call = pb.ToolCall(id=part.id, name=part.name, arguments_json=part.arguments_json)
            return pb.Part(tool_call=call)
