"""The first place where two values differ, in words that fit on a screen."""

from dataclasses import dataclass

from eaa.domain.errors import EaaError
from eaa.kit.bounded import bound_text, printable

_SHOWN_CHARACTERS = 300
_BEFORE = 60
"""Characters shown before the first one that differs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was recorded and is not so now."""

    where: str
    """A step, or an entry of a conversation."""
    field: str
    """Which part of it; empty for all of it."""
    recorded: str
    """Bounded, redacted."""
    now: str

    def sentence(self) -> str:
        """Return it in one line."""
        part = f", {self.field}" if self.field else ""
        return f"{self.where}{part}: recorded {self.recorded}, now {self.now}"


class ReplayDiffers(EaaError):
    """A replay came to something that is not as it was recorded."""

    code = "replay.differs"

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.sentence(), hint="The replay stops here; nothing was written.")
        self.difference = difference


def first_difference(where: str, recorded: object, now: object, *, field: str = "") -> Difference | None:
    """Return the first part in which two plain JSON values differ; None when they are the same."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*recorded, *now)):
            inner = f"{field}.{name}" if field else str(name)
            if name not in recorded or name not in now:
                return Difference(where, inner, _shown(recorded.get(name, _NOTHING)), _shown(now.get(name, _NOTHING)))
            found = first_difference(where, recorded[name], now[name], field=inner)
            if found is not None:
                return found
        return None
    if isinstance(recorded, list) and isinstance(now, list):
        for number, (one, other) in enumerate(zip(recorded, now, strict=False)):
            found = first_difference(where, one, other, field=f"{field}[{number}]")
            if found is not None:
                return found
        if len(recorded) == len(now):
            return None
        longer, place = max(recorded, now, key=len), min(len(recorded), len(now))
        extra = _shown(longer[place])
        shown = (extra, _NOTHING) if longer is recorded else (_NOTHING, extra)
        return Difference(where, f"{field}[{place}]", *shown)
    # True is 1 for Python, and not in a record.
    if type(recorded) is type(now) and recorded == now:
        return None
    if isinstance(recorded, str) and isinstance(now, str):
        return Difference(where, field, *_around(recorded, now))
    return Difference(where, field, _shown(recorded), _shown(now))


_NOTHING = "nothing"


def _around(recorded: str, now: str) -> tuple[str, str]:
    """Return two texts from shortly before the first character in which they differ."""
    pairs = zip(recorded, now, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(recorded), len(now)))
    start = max(same - _BEFORE, 0)
    before = "…" if start else ""
    return _quoted(before + recorded[start:]), _quoted(before + now[start:])


def _shown(value: object) -> str:
    if value is _NOTHING:
        return _NOTHING
    return _quoted(value) if isinstance(value, str) else printable(_bounded(str(value)))


def _quoted(text: str) -> str:
    return f'"{printable(_bounded(text))}"'


def _bounded(text: str) -> str:
    return bound_text(text, limit_characters=_SHOWN_CHARACTERS)
