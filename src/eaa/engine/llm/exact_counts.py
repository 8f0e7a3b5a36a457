"""Tokens counted by models' own vocabularies, each text once."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType

from eaa.engine.llm.prompt_size import PromptSize
from eaa.ports.vocabularies import Vocabularies

MOST_REMEMBERED = 16_384
"""Counts of so many texts are kept, about two megabytes."""
LONG_CHARACTERS = 16_384
"""Counting a text of this length holds a process for some hundredths of a second."""


@dataclass(slots=True)
class ExactCounts:
    """Counts for the models that have a vocabulary. One a process.

    Counts are remembered by a digest of the text, never with the text: the earlier turns of a conversation, which
    come again with each call, are counted once. The one that was not asked for longest goes first.
    """

    vocabularies: Vocabularies | None = None
    vocabulary_of: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By the model's name."""
    most_remembered: int = MOST_REMEMBERED
    _counts: "OrderedDict[tuple[str, bytes], int]" = field(default_factory=OrderedDict, repr=False)

    def of_text(self, text: str, *, model: str) -> int | None:
        """Return the tokens of a text, or None for a model without a vocabulary.

        Raises:
            InvalidRequest: The vocabulary cannot be used.
        """
        vocabulary = self.vocabulary_of.get(model)
        if vocabulary is None or self.vocabularies is None:
            return None
        return self._count(self.vocabularies, vocabulary, text)

    def of_words(self, size: PromptSize, *, model: str) -> int | None:
        """Return the tokens of all words of a request, or None for a model without a vocabulary.

        Raises:
            InvalidRequest: The vocabulary cannot be used.
        """
        vocabulary = self.vocabulary_of.get(model)
        if vocabulary is None or self.vocabularies is None:
            return None
        counted = size.counted.get(vocabulary)
        if counted is None:
            counted = sum(self._count(self.vocabularies, vocabulary, text) for text in size.words)
            size.counted[vocabulary] = counted
        return counted

    async def count_ahead(self, words: Iterable[str], *, model: str | None = None) -> None:
        """Count long texts that are new in a thread, so that nobody else in this process waits for them.

        Args:
            words: Texts of a request.
            model: Count for this one only; None: for each that has a vocabulary.

        Raises:
            InvalidRequest: A vocabulary cannot be used.
        """
        if self.vocabularies is None:
            return
        wanted = {name for one, name in self.vocabulary_of.items() if model is None or one == model}
        for text in words if wanted else ():
            if len(text) < LONG_CHARACTERS:
                continue
            for vocabulary in wanted:
                key = _key(vocabulary, text)
                if key not in self._counts:
                    self._remember(key, await asyncio.to_thread(self.vocabularies.count, vocabulary, text))

    def _count(self, vocabularies: Vocabularies, vocabulary: str, text: str) -> int:
        key = _key(vocabulary, text)
        known = self._counts.get(key)
        if known is not None:
            self._counts.move_to_end(key)
            return known
        counted = vocabularies.count(vocabulary, text)
        self._remember(key, counted)
        return counted

    def _remember(self, key: tuple[str, bytes], counted: int) -> None:
        self._counts[key] = counted
        if len(self._counts) > self.most_remembered:
            self._counts.popitem(last=False)


def _key(vocabulary: str, text: str) -> tuple[str, bytes]:
    return vocabulary, blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
