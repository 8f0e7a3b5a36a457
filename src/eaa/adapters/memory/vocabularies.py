"""A vocabulary for tests: every word and every other visible character is a token."""

import re

from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.ports.vocabularies import Vocabularies

_TOKEN = re.compile(r"\w+|[^\w\s]")


class MemoryVocabularies(Vocabularies):
    """Knows the vocabularies it is told of; each counts alike."""

    def __init__(self, *known: str) -> None:
        self._known = known
        self.counted: list[str] = []
        """Every text that was counted, in order."""

    @override
    def count(self, vocabulary: str, text: str) -> int:
        if vocabulary not in self._known:
            raise InvalidRequest(f"the vocabulary {vocabulary} cannot be read", hint="Give one that is known.")
        self.counted.append(text)
        return len(_TOKEN.findall(text.encode(errors="replace").decode()))
