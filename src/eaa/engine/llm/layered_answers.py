"""Kept answers in layers: near and quick first, far and lasting last."""

from collections.abc import Callable
from dataclasses import dataclass, field

from typing_extensions import override

from eaa.domain.ids import OrganisationId
from eaa.ports.answer_cache import AnswerCache, CachedAnswer, Selection

BELIEVED_S = 30.0
"""How long the nearest layer is believed before those behind it are asked: another process may have forgotten."""


@dataclass(slots=True)
class LayeredAnswers(AnswerCache):
    """Asks its layers one after the other and brings what it found to those before."""

    near: AnswerCache
    """Of this process alone; answers in microseconds."""
    behind: tuple[AnswerCache, ...]
    """Shared with other processes, the quickest first."""
    monotonic_s: Callable[[], float]
    _believed_until_s: dict[tuple[OrganisationId, str], float] = field(default_factory=dict)

    @override
    async def get(self, organisation_id: OrganisationId, key: str) -> CachedAnswer | None:
        if self.monotonic_s() < self._believed_until_s.get((organisation_id, key), 0.0):
            answer = await self.near.get(organisation_id, key)
            if answer is not None:
                return answer
        for depth, layer in enumerate(self.behind):
            answer = await layer.get(organisation_id, key)
            if answer is not None:
                await self._put_near(answer)
                for before in self.behind[:depth]:
                    await before.put(answer)
                return answer
        self._believed_until_s.pop((organisation_id, key), None)
        return None

    @override
    async def put(self, answer: CachedAnswer) -> None:
        await self._put_near(answer)
        for layer in self.behind:
            await layer.put(answer)

    @override
    async def forget(self, selection: Selection) -> int:
        # The last layer first: what it forgot cannot come back to those before it.
        counts = [await layer.forget(selection) for layer in reversed(self.behind)]
        return max(await self.near.forget(selection), *counts)

    async def _put_near(self, answer: CachedAnswer) -> None:
        now_s = self.monotonic_s()
        if len(self._believed_until_s) >= _MOST_REMEMBERED:
            self._believed_until_s = {name: until for name, until in self._believed_until_s.items() if until > now_s}
        await self.near.put(answer)
        self._believed_until_s[answer.organisation_id, answer.key] = now_s + BELIEVED_S


_MOST_REMEMBERED = 4096
