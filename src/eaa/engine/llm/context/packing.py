"""The pieces that matter most for a question, within a token budget.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from eaa.engine.llm.context.chunks import Chunk, Measure

_WORDS = re.compile(r"[A-Za-z]+|\d+")
_HUMPS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_K1 = 1.2
_B = 0.75
_TITLE_WEIGHT = 3
"""A word in a title counts as often as this."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What goes into the prompt, and what does not."""

    chunks: tuple[Chunk, ...]
    """In the order in which they were given: by source and line, not by relevance."""
    tokens: int
    left_out: int
    """How many pieces had no room."""


def pack(chunks: Sequence[Chunk], *, query: str, budget_tokens: int, measure: Measure) -> Packed:
    """Return the pieces that say most about the query for their length and fit the budget together.

    Pieces that share no word with the query fill what room is left, the earlier ones first.
    """
    scores = relevance(chunks, query=query)
    sizes = [measure(chunk.text) for chunk in chunks]
    order = sorted(range(len(chunks)), key=lambda index: (-scores[index], index))
    chosen: set[int] = set()
    used = 0
    for index in order:
        if used + sizes[index] <= budget_tokens:
            chosen.add(index)
            used += sizes[index]
    picked = tuple(chunk for index, chunk in enumerate(chunks) if index in chosen)
    return Packed(chunks=picked, tokens=used, left_out=len(chunks) - len(picked))


def relevance(chunks: Sequence[Chunk], *, query: str) -> list[float]:
    """Return how much each piece has to do with a query; 0 for those that share no word with it."""
    documents = [Counter(words_of(chunk.text) + words_of(chunk.title) * _TITLE_WEIGHT) for chunk in chunks]
    lengths = [sum(document.values()) for document in documents]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    wanted = set(words_of(query))
    weights = {word: _rarity(sum(word in document for document in documents), len(documents)) for word in wanted}
    return [
        sum(weights[word] * _saturated(document[word], length / average) for word in wanted if word in document)
        for document, length in zip(documents, lengths, strict=True)
    ]


def words_of(text: str) -> list[str]:
    """Return the words of prose and of names: `parse_httpHeader2` has the words parse, http, header, 2."""
    return [part.lower() for word in _WORDS.findall(text) for part in _HUMPS.findall(word)]


def _rarity(documents_with_it: int, documents: int) -> float:
    return math.log(1 + (documents - documents_with_it + 0.5) / (documents_with_it + 0.5))


def _saturated(count: int, relative_length: float) -> float:
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * relative_length))
