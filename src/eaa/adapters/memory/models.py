"""Models that say what a script says; for tests and rehearsals, never for real work."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import override

from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Embeddings,
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
from eaa.domain.model_errors import AnswerEmpty, ModelFault, ModelUnreachable
from eaa.ports.models import Models, Route

ScriptedAnswer: TypeAlias = Completion | ModelFault | tuple[CompletionEvent | ModelFault, ...]
"""A whole answer, a fault, or a stream; a fault inside a stream ends it there."""

_SILENT_STOPS = frozenset({StopReason.CONTENT_FILTER, StopReason.REFUSAL, StopReason.LENGTH})


@dataclass(slots=True)
class ScriptedRule:
    """When to say what."""

    answer: ScriptedAnswer
    model: str | None = None
    """Only when this model is asked, by its name in the installation; None: any."""
    times: int | None = 1
    """How often, None for always."""
    holds: Callable[[CompletionRequest], bool] = lambda _request: True
    """Only for such requests; embeddings ask nothing of it."""


class ScriptedModels(Models):
    """Takes the first rule that fits. `calls` holds every (request, route), oldest first; embeddings are not in it."""

    def __init__(self, *answers: ScriptedAnswer, otherwise: ScriptedAnswer | None = None) -> None:
        """Say these answers one after the other, then `otherwise` for ever; None: nobody is there."""
        self.rules = [ScriptedRule(answer) for answer in answers]
        self.calls: list[tuple[CompletionRequest, Route]] = []
        self._otherwise = otherwise

    @override
    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        self.calls.append((request, route))
        answer = self._answer(request, route)
        match answer:
            case ModelFault():
                raise _about(answer, route)
            case Completion():
                if not answer.parts and answer.stop_reason not in _SILENT_STOPS:
                    raise _about(AnswerEmpty("the answer holds nothing"), route)
                return answer
            case _:
                return _joined(answer, route)

    @override
    async def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        self.calls.append((request, route))
        answer = self._answer(request, route)
        match answer:
            case ModelFault():
                raise _about(answer, route)
            case Completion():
                answer = tuple(_events(answer))
        for event in answer:
            if isinstance(event, ModelFault):
                raise _about(event, route)
            yield event

    @override
    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        rule = self._rule(None, route)
        if rule is not None and isinstance(rule.answer, ModelFault):
            self._use(rule)
            raise _about(rule.answer, route)
        vectors = tuple((float(len(text)), 0.5, -0.25) for text in texts)
        return Embeddings(vectors, TokenUsage(input_tokens=4 * len(texts)), route.model.wire_name)

    def _answer(self, request: CompletionRequest, route: Route) -> ScriptedAnswer:
        rule = self._rule(request, route)
        if rule is not None:
            return self._use(rule)
        return self._otherwise or ModelUnreachable("nothing more is scripted")

    def _rule(self, request: CompletionRequest | None, route: Route) -> ScriptedRule | None:
        fitting = (
            rule
            for rule in self.rules
            if rule.times != 0 and rule.model in {None, route.model.name} and (request is None or rule.holds(request))
        )
        return next(fitting, None)

    def _use(self, rule: ScriptedRule) -> ScriptedAnswer:
        if rule.times is not None:
            rule.times -= 1
        return rule.answer


def _about(fault: ModelFault, route: Route) -> ModelFault:
    fault.model = route.model.name
    return fault


def _events(completion: Completion) -> Iterator[CompletionEvent | ModelFault]:
    """Yield an answer as a stream."""
    yield Started(completion.wire_model, completion.request_id, completion.rates)
    index = 0
    for part in completion.parts:
        match part:
            case Text():
                yield TextDelta(part.text)
            case Reasoning():
                yield ReasoningDelta(part.text, part.dialect, part.opaque)
            case ToolCall():
                yield ToolCallDelta(index, part.id, part.name)
                yield ToolCallDelta(index, arguments_json=part.arguments_json)
                index += 1
    if not completion.parts and completion.stop_reason not in _SILENT_STOPS:
        yield AnswerEmpty("the stream held nothing")
    yield Finished(completion.stop_reason, completion.usage)


def _joined(events: tuple[CompletionEvent | ModelFault, ...], route: Route) -> Completion:
    """Return a scripted stream as a whole answer: its thoughts, its words, its calls."""
    started, finished = Started(), Finished(StopReason.UNKNOWN, None)
    words, thoughts = "", ""
    calls: dict[int, ToolCall] = {}
    for event in events:
        match event:
            case ModelFault():
                raise _about(event, route)
            case Started():
                started = event
            case Finished():
                finished = event
            case TextDelta():
                words += event.text
            case ReasoningDelta():
                thoughts += event.text
            case ToolCallDelta():
                known = calls.get(event.index, ToolCall(event.id, event.name, ""))
                calls[event.index] = ToolCall(known.id, known.name, known.arguments_json + event.arguments_json)
    parts: list[Text | Reasoning | ToolCall] = [Reasoning(thoughts, "scripted")] if thoughts else []
    parts += [Text(words)] if words else []
    parts += [calls[index] for index in sorted(calls)]
    return Completion(
        tuple(parts), finished.stop_reason, finished.usage, started.wire_model, started.request_id, started.rates
    )
