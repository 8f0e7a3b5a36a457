"""Texts that were searched for secrets already and held none."""

from collections import OrderedDict
from dataclasses import dataclass, field

from eaa.engine.llm.safety.secrets import find_secrets

MOST_REMEMBERED_CHARACTERS = 4_000_000


@dataclass(slots=True)
class InnocentTexts:
    """Texts in which no secret was found, so that the earlier turns of a conversation are not searched again and again.

    Bounded: the one that came first goes first.
    """

    most_characters: int = MOST_REMEMBERED_CHARACTERS
    _texts: "OrderedDict[str, None]" = field(default_factory=OrderedDict, repr=False)
    _values: tuple[str, ...] = field(default=(), repr=False)
    """The secrets that were looked for; with others everything is searched anew."""
    _characters: int = 0

    def holds(self, text: str, values: tuple[str, ...]) -> bool:
        """Return whether a text is innocent; one that is not known yet is searched."""
        if values != self._values:
            self._values, self._characters = values, 0
            self._texts.clear()
        if text in self._texts:
            return True
        if find_secrets(text, values=values):
            return False
        self._texts[text] = None
        self._characters += len(text)
        while self._characters > self.most_characters:
            oldest, _ = self._texts.popitem(last=False)
            self._characters -= len(oldest)
        return True
