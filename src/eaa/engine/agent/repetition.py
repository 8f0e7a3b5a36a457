"""Whether a model goes round in circles: the same command, with the same result, on the same files.

Seen over the whole transcript, so that a compaction hides nothing. What repeats after real progress is no circle.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from eaa.domain.completion import ToolCall
from eaa.domain.ids import CommitId
from eaa.domain.transcript import Compacted, Ended, Entry, Interrupted, Opened, Replied, Told, ToolEnded
from eaa.kit.digest import sha256_hex

_FORGOTTEN_AFTER = 12
"""Results in a row without any repetition."""
_SEEN_WHATEVER_CHANGED = 5
"""The same result of the same command, so often, is a circle though files change in between."""
_VARYING = re.compile(r"\d+\.\d+|\b0x[0-9a-f]+\b")
"""Durations and addresses differ between equal runs."""


@dataclass(frozen=True, slots=True)
class Circle:
    """How far a model has gone round."""

    is_new: bool
    """It has just repeated something, and was not told yet."""
    warnings: int
    """How often it was told in this circle."""
    tool: str = ""
    """What it repeated last."""


def find_circle(entries: Sequence[Entry]) -> Circle:
    """Return where a model stands at the end of a transcript."""
    watch = Watch()
    for entry in entries:
        watch.see(entry)
    return watch.circle()


@dataclass(slots=True)
class Watch:
    """Watches for circles as a transcript grows."""

    is_new: bool = False
    warnings: int = 0
    tool: str = ""
    _calls: tuple[ToolCall, ...] = ()
    _tree: CommitId | None = None
    _trees: set[CommitId | None] = field(default_factory=set)
    _seen: dict[str, int] = field(default_factory=dict)
    """Tree and digest of command and result → how many compactions there had been."""
    _forgiven: set[str] = field(default_factory=set)
    _times: dict[str, int] = field(default_factory=dict)
    _compactions: int = 0
    _quiet: int = 0

    def circle(self) -> Circle:
        """Return how far the model has gone round."""
        return Circle(self.is_new, self.warnings, self.tool)

    def see(self, entry: Entry) -> None:
        """Take in the next entry."""
        match entry:
            case Opened():
                self._tree = entry.start
                self._trees.add(entry.start)
            case Replied():
                self._calls = entry.completion.tool_calls
            case ToolEnded():
                self._moved(entry.tree)
                self._result(entry.index, entry.tool, entry.text)
            case Interrupted():
                self._result(entry.index, entry.tool, entry.text)
            case Told() if entry.is_about_repetition:
                self.is_new, self.warnings = False, self.warnings + 1
            case Ended():
                self._forget()
            case Compacted():
                self._compactions += 1
            case _:
                pass

    def _moved(self, tree: CommitId | None) -> None:
        if tree is not None and tree not in self._trees:
            # Files as they never were before: whatever was tried, something else is being tried now.
            self._forget()
        self._tree = tree or self._tree
        self._trees.add(self._tree)

    def _result(self, index: int, tool: str, text: str) -> None:
        if self._is_repeated(index, tool, text):
            self.is_new, self.tool, self._quiet = True, tool, 0
            return
        self._quiet += 1
        if self._quiet >= _FORGOTTEN_AFTER:
            self._forget()

    def _is_repeated(self, index: int, tool: str, text: str) -> bool:
        arguments = self._calls[index].arguments_json if index < len(self._calls) else ""
        said = "\0".join((tool, arguments, _VARYING.sub("#", text)))
        pair = sha256_hex(said.encode(errors="replace"))
        self._times[pair] = self._times.get(pair, 0) + 1
        key = f"{self._tree} {pair}"
        before = self._seen.get(key)
        self._seen[key] = self._compactions
        if before is not None and before < self._compactions and key not in self._forgiven:
            # What a compaction took away may be looked at once more.
            self._forgiven.add(key)
            return False
        return before is not None or self._times[pair] % _SEEN_WHATEVER_CHANGED == 0

    def _forget(self) -> None:
        self.is_new, self.warnings, self._quiet = False, 0, 0
