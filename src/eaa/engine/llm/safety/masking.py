"""Personal data replaced by marks that stay the same through a conversation, and put back into answers."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from eaa.engine.llm.safety.personal import PersonalData, find_personal

_MARK = re.compile(r"<(?:email|phone|card|iban|ip)-\d{1,6}>")
_BEGUN = re.compile(r"<[a-z]{0,5}(?:-\d{0,6})?\Z")


@dataclass(slots=True)
class Masks:
    """The marks of one conversation.

    The n-th thing found gets the n-th mark, so that a longer history of the same conversation has the same marks as
    before and a provider's prompt cache still knows it.
    """

    kinds: frozenset[PersonalData]
    _marks: dict[str, str] = field(default_factory=dict)
    """Mark by what it stands for."""
    _meanings: dict[str, str] = field(default_factory=dict)
    """What a mark stands for."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was masked."""
        return not self._marks

    def mask(self, text: str) -> str:
        """Return the text with marks in place of personal data. A text that has such marks itself keeps them."""
        if not self.kinds:
            return text
        parts: list[str] = []
        place = 0
        for one in sorted(find_personal(text, self.kinds), key=lambda one: (one.start, one.start - one.end)):
            if one.start >= place:
                parts += [text[place : one.start], self._mark(text[one.start : one.end], one.what, text)]
                place = one.end
        return "".join([*parts, text[place:]]) if parts else text

    def restore(self, text: str) -> str:
        """Return the text with what the marks stand for."""
        if not self._meanings or "<" not in text:
            return text
        return _MARK.sub(lambda match: self._meanings.get(match.group(), match.group()), text)

    def restore_json(self, text: str) -> str:
        """Return JSON text with what the marks stand for, escaped as JSON strings are."""
        if not self._meanings or "<" not in text:
            return text
        return _MARK.sub(lambda match: json.dumps(self._meanings.get(match.group(), match.group()))[1:-1], text)

    def _mark(self, meaning: str, kind: str, text: str) -> str:
        known = self._marks.get(meaning)
        if known is not None:
            return known
        number = len(self._marks) + 1
        while (mark := f"<{kind}-{number}>") in text or mark in self._meanings:
            number += 1
        self._marks[meaning], self._meanings[mark] = mark, meaning
        return mark


@dataclass(slots=True)
class StreamRestorer:
    """Puts personal data back into a stream, where a mark may come in pieces."""

    restore: Callable[[str], str]
    _held: str = ""

    def pass_on(self, text: str) -> str:
        """Return what may go to the caller: all but an end that may be the beginning of a mark."""
        whole = self._held + text
        begun = _BEGUN.search(whole)
        end = len(whole) if begun is None else begun.start()
        self._held = whole[end:]
        return self.restore(whole[:end])

    def rest(self) -> str:
        """Return what is held back at the end."""
        held, self._held = self._held, ""
        return self.restore(held)
