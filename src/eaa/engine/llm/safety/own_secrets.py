"""The installation's own secrets, known by value: none of them leaves in a prompt, whatever it looks like."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from typing_extensions import override

from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import Provider
from eaa.domain.secret import Secret
from eaa.engine.llm.safety.secrets import SHORTEST_VALUE
from eaa.ports.model_keys import ModelKeys
from eaa.ports.stored_keys import StoredKeys

LOOK_AGAIN_S = 5.0
"""How old our knowledge of keys that others put into the table may be."""
ASK_AGAIN_S = 60.0
"""How long a place that could not say its keys is left alone."""
MOST_KNOWN = 1024
LONGEST_WORD = 15
"""Letters alone up to this length are a word, as in `postgres:postgres@`, and taking it out would spoil prompts."""
_SHORTEST_PIECE = 16


@dataclass(slots=True)
class OwnSecrets:
    """Everything secret that this process has met or can find. One a process.

    What was known once stays known: a key that was replaced may still be worth something.
    """

    keys: ModelKeys
    """Environment and helper programs."""
    providers: Collection[Provider]
    stored: StoredKeys
    others: Callable[[], Iterable[Secret]]
    """Tokens and passwords of settings and files, read again at each look."""
    monotonic_s: Callable[[], float]
    _known: dict[str, None] = field(default_factory=dict, repr=False)
    _values: tuple[str, ...] = field(default=(), repr=False)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    """(provider, fingerprint) of the table's keys that are known."""
    _left_alone: dict[str, float] = field(default_factory=dict)
    """Providers whose keys could not be said, and until when they are not asked again."""
    _look_at_s: float | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def values(self) -> tuple[str, ...]:
        """Return all values to look for; the same tuple as long as nothing new is known."""
        return self._values

    def note(self, secrets: Iterable[Secret]) -> None:
        """Take in secrets that were met."""
        new = [form for secret in secrets for form in _forms(secret.reveal()) if form not in self._known]
        if not new:
            return
        self._known.update(dict.fromkeys(new))
        while len(self._known) > MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._values = tuple(self._known)

    async def look(self) -> None:
        """Look everywhere, unless that was done a moment ago. The first caller's first look is waited for by all."""
        if self._is_fresh():
            return
        async with self._looking:
            if self._is_fresh():
                return
            self.note(self.others())
            await asyncio.gather(self._look_into_table(), *(self._ask(provider) for provider in self.providers))
            self._look_at_s = self.monotonic_s() + LOOK_AGAIN_S

    def _is_fresh(self) -> bool:
        return self._look_at_s is not None and self.monotonic_s() < self._look_at_s

    async def _ask(self, provider: Provider) -> None:
        if self.monotonic_s() < self._left_alone.get(provider.name, float("-inf")):
            return
        try:
            self.note(await self.keys.keys(provider))
        except EaaError:  # Whoever needs this key is told; here it is only not known.
            self._left_alone[provider.name] = self.monotonic_s() + ASK_AGAIN_S

    async def _look_into_table(self) -> None:
        # A table or a master key that cannot be used stops every call that needs it, with an error of its own.
        with suppress(EaaError):
            rows = await self.stored.listed(DEFAULT_ORGANISATION)
            new = {(row.provider, row.fingerprint) for row in rows} - self._seen
            for provider in sorted({provider for provider, _ in new}):
                self.note(await self.stored.opened(DEFAULT_ORGANISATION, provider))
            self._seen |= new


class NotedKeys(ModelKeys):
    """Keys on their way to a call; each is noted."""

    def __init__(self, keys: ModelKeys, own: OwnSecrets) -> None:
        self._keys = keys
        self._own = own

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        found = await self._keys.keys(provider)
        self._own.note(found)
        return found

    @override
    async def refresh(self, provider: Provider) -> None:
        await self._keys.refresh(provider)


def _forms(value: str) -> Iterator[str]:
    """Yield a secret as it may stand in a text: as it is, inside JSON, inside an address, and its secret pieces."""
    first, *pieces = value.split(":")
    # Amazon's keys name their owner before the secret, and may have a session's token after it.
    for one in (value, *(piece for piece in (first, *pieces) if pieces and len(piece) >= _SHORTEST_PIECE)):
        if not _is_telling(one):
            continue
        yield one
        for form in (json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1], quote(one, safe="")):
            if form != one:
                yield form


def _is_telling(value: str) -> bool:
    return len(value) >= SHORTEST_VALUE and not (value.isalpha() and len(value) <= LONGEST_WORD)
