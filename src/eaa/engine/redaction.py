"""Takes out of a record what belongs to a machine and its people: secrets, folders, names.

The same text is always replaced by the same mark, so that a redacted record can still be compared with a new run.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from eaa.engine.llm.safety.secrets import find_secrets, without_secrets

_SHORTEST_NAME = 3
_TELLS_NOBODY = re.compile(
    "root|users?|admin|runner|ubuntu|debian|tests?|apps?|home|host|localhost|local|docker|vagrant|git|node|python|dev|"
    "build|ci|main|data|code|work|agent|nobody|daemon|server|src"
)
"""Names of accounts and machines that say nothing of anybody, and that stand in every other text."""
_FILE_FIELDS = frozenset({"path", "content", "mode"})


@dataclass(slots=True)
class Redactor:
    """Replaces by value and by form."""

    secrets: tuple[str, ...] = ()
    """Known by their value."""
    places: Sequence[tuple[str, str]] = ()
    """(folder, mark): folders of this machine."""
    names: Iterable[str] = ()
    """Of this machine and of whoever works on it."""
    replaced: int = 0
    """How many texts were changed so far."""
    _places: tuple[tuple[str, str], ...] = field(init=False)
    _names: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        # The longest first: a folder inside another one has a mark of its own.
        telling = {folder.rstrip("/"): mark for folder, mark in self.places if len(folder.rstrip("/")) > 1}
        self._places = tuple(sorted(telling.items(), key=lambda one: -len(one[0])))
        names = [
            name for name in self.names if len(name) >= _SHORTEST_NAME and not _TELLS_NOBODY.fullmatch(name.lower())
        ]
        words = "|".join(re.escape(name) for name in sorted(set(names), key=len, reverse=True))
        self._names = re.compile(rf"(?<![\w.])(?:{words})(?!\w)") if words else None

    def text(self, text: str) -> str:
        """Return the text without secrets, folders and names; doing it again changes nothing."""
        clean = text
        found = find_secrets(clean, values=self.secrets)
        if found:
            clean = without_secrets(clean, found)
        for folder, mark in self._places:
            if folder in clean:
                clean = re.sub(rf"{re.escape(folder)}(?![\w-]|\.\w)", mark, clean)
        if self._names is not None:
            clean = self._names.sub("<name>", clean)
        self.replaced += clean != text
        return clean

    def value(self, value: object) -> object:
        """Return a plain JSON value with every text in it cleaned, names of fields aside."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(one) for one in value]
            case dict() if value.keys() >= _FILE_FIELDS and isinstance(value["content"], str):
                return {**self.value_of_fields(value), "content": self._file(value["content"])}
            case dict():
                return self.value_of_fields(value)
            case _:
                return value

    def value_of_fields(self, value: dict[str, object]) -> dict[str, object]:
        """Return an object with the values of its fields cleaned."""
        return {name: self.value(one) for name, one in value.items()}

    def _file(self, content: str) -> str:
        """Return a file's content, which is base64 in JSON, cleaned like a text; what is no text stays."""
        try:
            text = base64.b64decode(content, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return content
        return base64.b64encode(self.text(text).encode()).decode()


def _tells(name: str) -> bool:
    return len(name) >= _SHORTEST_NAME and _TELLS_NOBODY.fullmatch(name.lower()) is None
