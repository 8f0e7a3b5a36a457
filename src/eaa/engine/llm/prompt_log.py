"""Prompts and answers in the log, for installations that switch it on: what left the process, and never more."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Self

from typing_extensions import override

from eaa.domain.completion import (
    Completion,
    CompletionEvent,
    CompletionRequest,
    Embeddings,
    Image,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from eaa.domain.model_errors import ModelFault
from eaa.engine.llm.assembly import Assembly
from eaa.ports.models import Models, Route

LOGGER = "eaa.prompts"
"""Speaks only when it is switched on; its records carry `facts`, an object of JSON."""
CALLED = "model.called"
ANSWERED = "answered"
BROKEN_OFF = "broken off"
"""Whoever waited has gone."""
_log = logging.getLogger(LOGGER)

Facts = dict[str, object]
Clean = Callable[[str], str]


@dataclass(slots=True)
class _Call:
    """One call to a model, logged once at its end."""

    route: Route
    clean: Clean
    prompt: Facts
    outcome: str = BROKEN_OFF
    answer: Facts = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, ModelFault):
            # Its words are not logged: a provider may quote the prompt in a refusal.
            self.outcome = error.code
        facts: Facts = {
            "model": self.route.model.name,
            "provider": self.route.provider.name,
            "outcome": self.outcome,
            "prompt": self.prompt,
            "answer": self.answer,
        }
        _log.info(CALLED, extra={"facts": facts})

    def said(self, completion: Completion) -> None:
        """Take in what the model said, all of it or so far."""
        self.answer = {
            "stop_reason": completion.stop_reason.value,
            "parts": [_part(part, self.clean) for part in completion.parts],
        }


class LoggedModels(Models):
    """Writes each call into the log: after the guard, so without secrets, and with personal data masked all the same.

    Pictures are logged by kind and size; what a provider signs or encrypts of its thoughts is left out.
    """

    def __init__(self, models: Models, *, cleaner: Callable[[], Clean]) -> None:
        """Take what does the work, and what makes for each call what cleans its texts."""
        self._models = models
        self._cleaner = cleaner

    @override
    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        clean = self._cleaner()
        with _Call(route, clean, _prompt(request, clean)) as call:
            completion = await self._models.complete(request, route)
            call.outcome = ANSWERED
            call.said(completion)
        return completion

    @override
    async def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        clean, assembly = self._cleaner(), Assembly()
        with _Call(route, clean, _prompt(request, clean)) as call:
            try:
                async with aclosing(self._models.stream(request, route)) as events:
                    async for event in events:
                        assembly.add(event)
                        yield event
            finally:
                call.outcome = ANSWERED if assembly.is_finished else BROKEN_OFF
                call.said(assembly.completion())

    @override
    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        clean = self._cleaner()
        with _Call(route, clean, {"texts": [clean(text) for text in texts]}) as call:
            embeddings = await self._models.embed(texts, route)
            call.outcome, call.answer = ANSWERED, {"vectors": len(embeddings.vectors)}
        return embeddings


def _prompt(request: CompletionRequest, clean: Clean) -> Facts:
    prompt: Facts = {"messages": [_message(message, clean) for message in request.messages]}
    if request.tools:
        prompt["tools"] = [_tool(tool, clean) for tool in request.tools]
    if request.answer_schema_json is not None:
        prompt["answer_schema"] = clean(request.answer_schema_json)
    return prompt


def _message(message: Message, clean: Clean) -> Facts:
    return {"speaker": message.speaker.value, "parts": [_part(part, clean) for part in message.parts]}


def _tool(tool: ToolSpec, clean: Clean) -> Facts:
    return {"name": tool.name, "description": clean(tool.description), "parameters": clean(tool.parameters_json)}


def _part(part: Part, clean: Clean) -> Facts:
    match part:
        case Text():
            return {"text": clean(part.text)}
        case Reasoning():
            return {"reasoning": clean(part.text)}
        case Image():
            return {"image": part.media_type, "size_bytes": len(part.content)}
        case ToolCall():
            return {"call": part.id, "tool": part.name, "arguments": clean(part.arguments_json)}
        case ToolResult():
            return {"result_of": part.call_id, "tool": part.name, "text": clean(part.text)}
