"""Answers given once and used again: the exact cache, and one call for all who ask the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import msgspec

from eaa.domain.ask import Answer, Ask
from eaa.domain.completion import StopReason
from eaa.kit.digest import sha256_hex
from eaa.ports.answer_cache import AnswerCache, CachedAnswer
from eaa.ports.clock import Clock

_WHOLE = frozenset({StopReason.END, StopReason.TOOL_CALLS, StopReason.STOP_SEQUENCE})
_encode = msgspec.json.Encoder().encode


def is_kept(ask: Ask) -> bool:
    """Return whether an ask's answer may be used again: only unsampled ones, unless the ask says otherwise."""
    return ask.is_cached if ask.is_cached is not None else ask.request.temperature == 0


def key_of(ask: Ask, *, model: str) -> str:
    """Return the cache key: SHA-256 over model, prompt hash and everything that is sent."""
    head = f"{model}\n{ask.prompt_sha256 or ''}\n".encode()
    return sha256_hex(head + _encode(ask.request))


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Answer]
    waiting: int = 0


@dataclass(slots=True)
class KeptAnswers:
    """The cache before the models."""

    cache: AnswerCache
    clock: Clock
    _flights: dict[tuple[str, str], _Flight] = field(default_factory=dict)

    async def find(self, ask: Ask, key: str) -> Answer | None:
        """Return a kept answer, which costs nothing, or None."""
        kept = await self.cache.get(ask.account.organisation_id, key)
        if kept is None:
            return None
        return Answer(completion=kept.completion, model=kept.model, cost_microusd=0, is_from_cache=True)

    async def keep(self, ask: Ask, key: str, answer: Answer, *, model: str) -> None:
        """Keep an answer, if it is whole and the model that the key speaks of gave it."""
        if answer.model != model or answer.completion.stop_reason not in _WHOLE:
            return
        await self.cache.put(
            CachedAnswer(
                organisation_id=ask.account.organisation_id,
                key=key,
                model=model,
                prompt_sha256=ask.prompt_sha256,
                tags=ask.tags,
                completion=replace(answer.completion, rates=None),
                created_at=self.clock.now(),
            )
        )

    async def once(self, ask: Ask, key: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return what one call gives to everybody who asks the same now.

        It goes on as long as anybody waits for it, whoever began it; the last one to leave ends it.
        """
        name = (ask.account.organisation_id, key)
        flight = self._flights.get(name)
        if flight is None:
            flight = self._flights[name] = _Flight(asyncio.ensure_future(work()))
        flight.waiting += 1
        is_first = flight.waiting == 1
        try:
            answer = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0:
                flight.task.cancel()
                self._flights.pop(name, None)
        return answer if is_first else replace(answer, cost_microusd=0, is_from_cache=True)
