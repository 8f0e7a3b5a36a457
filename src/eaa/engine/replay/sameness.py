"""What counts as the same: what differs by nature between two runs of one thing is left out or written alike.

The list is short on purpose, and docs/replay.md tells it: times, addresses in memory, temporary folders, and the
machine (its folders, its people, its interpreter). Everything else has to be equal.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from eaa.domain.environment import Environment
from eaa.engine.redaction import Redactor

_LEFT_OUT = frozenset({"seconds", "duration_s", "candidates_tried", "is_estimated", "versions", "environment_key"})
"""Fields that tell how long something took, how far a search came in that time, and on what machine."""
_OF_THE_MACHINE = frozenset({"key", "interpreter", "interpreter_version", "mounts", "variables", "notes"})
"""Of an environment."""
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (
        re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|sec|secs|seconds?|min|minutes?)\b(?: \(\d+:\d\d:\d\d\))?"),
        "<time>",
    ),
    # Pytest fills the line up to the width of a terminal.
    (re.compile(r"^=+ (.+?) =+$", re.MULTILINE), r"= \1 ="),
    (re.compile(r"\b0x[0-9a-f]{4,}\b"), "<address>"),
    (re.compile(r"/tmp/(?:pytest-of-[^/\s]+/pytest-\d+|tmp[a-z0-9_]{8})\b"), "<temporary>"),  # noqa: S108
    (re.compile(r"^platform \S+ -- Python .*$", re.MULTILINE), "<platform>"),
    (re.compile(r"\bpython\d+\.\d+t?\b"), "python<version>"),
)


@dataclass(slots=True)
class Sameness:
    """Writes values in the form in which they are compared."""

    redactor: Redactor
    """Of this machine: a record that was made elsewhere has other folders."""
    _needles: list[tuple[str, str]] = field(default_factory=list)

    def learn(self, environments: Iterable[Environment]) -> None:
        """Take in the environments of the record and of this machine; their names are written alike from now on."""
        marks: dict[str, str] = {}
        for one in environments:
            marks |= {one.interpreter: "<python>", one.interpreter_version: "<python version>"}
            marks |= {one.key: "<environment>", one.key[:12]: "<environment>"}
            marks |= {host: "<python>" for host, _ in one.mounts} | {inside: "<python>" for _, inside in one.mounts}
        marks = {self.redactor.text(needle): mark for needle, mark in marks.items()} | marks
        self._needles = sorted(
            ((needle, mark) for needle, mark in marks.items() if len(needle) > 1), key=lambda one: -len(one[0])
        )

    def value(self, value: object) -> Any:
        """Return a plain JSON value in the form in which it is compared."""
        match value:
            case str():
                return self.text(value)
            case list():
                return [self.value(one) for one in value]
            case dict() if value.keys() >= {"recipe", "interpreter", "mounts"}:
                return self._fields(value, _OF_THE_MACHINE)
            case dict():
                return self._fields(value, _LEFT_OUT)
            case _:
                return value

    def text(self, text: str) -> str:
        """Return a text in the form in which it is compared."""
        for needle, mark in self._needles:
            if needle in text:
                text = text.replace(needle, mark)
        text = self.redactor.text(text)
        for pattern, mark in _FORMS:
            text = pattern.sub(mark, text)
        return text

    def _fields(self, value: dict[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
        return {name: self.value(one) for name, one in value.items() if name not in left_out}
