"""Which lines the tests of a claim have to watch over, and which of them they do not reach."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import CommitId
from eaa.domain.language import Symbol, SymbolKind
from eaa.engine.evidence.change import ChangedFile
from eaa.engine.evidence.lab import Lab
from eaa.engine.evidence.mutants import Lines, reached_lines
from eaa.ports.language import Language

_FILES_READ_AT_MOST = 500
_WORD = re.compile(r"\w+")
_BODIES = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD})


@dataclass(frozen=True, slots=True)
class Target:
    """Lines to mutate and to cover, with the files they are in."""

    sources: Mapping[str, bytes]
    lines: Lines

    def statements(self, language: Language) -> tuple[tuple[str, int, int], ...]:
        """Return (path, first line, last line) of every statement that the lines touch."""
        return tuple(
            (path, first, last)
            for path, source in sorted(self.sources.items())
            for first, last in language.statements(path, source)
            if any(line in self.lines.get(path, frozenset()) for line in range(first, last + 1))
        )


def changed_target(files: Sequence[ChangedFile]) -> Target:
    """Return the added and changed lines of source files."""
    changed = [file for file in files if file.is_product and file.after is not None]
    return Target(
        sources={file.path: file.after for file in changed if file.after is not None},
        lines={file.path: frozenset(file.added_lines) for file in changed},
    )


async def tested_target(
    lab: Lab, head: CommitId, paths: Sequence[str], *, words: str, tests: str, executed: Lines
) -> Target:
    """Return the lines a change of kind *tests* is about.

    The functions the criteria name, whole; when they name none, what the tests execute of the functions that the tests'
    own text names.

    Args:
        lab: Where to read.
        head: The commit with the new tests.
        paths: Source files that are not tests; at most the first 500 are read.
        words: The criteria's text.
        tests: The new tests' text.
        executed: Lines that the new tests execute.
    """
    sources = await _read(lab, head, paths[:_FILES_READ_AT_MOST])
    symbols = [symbol for path, source in sources.items() for symbol in lab.toolchain.language.symbols(path, source)]
    named = _named(symbols, words)
    if named:
        return Target(sources=sources, lines=_lines(named))
    return Target(
        sources=sources,
        lines={
            path: lines & reached_lines(lab.toolchain.language, path, sources[path], executed)
            for path, lines in _lines(_named(symbols, tests)).items()
        },
    )


def unreached(language: Language, target: Target, executed: Lines) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return (path, first lines of statements) of a target that no test executes, by path."""
    missed: dict[str, list[int]] = {}
    for path, first, last in target.statements(language):
        seen = executed.get(path, frozenset())
        if not any(line in seen for line in range(first, last + 1)):
            missed.setdefault(path, []).append(first)
    return tuple((path, tuple(lines)) for path, lines in sorted(missed.items()))


async def _read(lab: Lab, head: CommitId, paths: Iterable[str]) -> dict[str, bytes]:
    sources: dict[str, bytes] = {}
    for path in paths:
        try:
            sources[path] = await lab.repositories.read_file(lab.repository, head, path)
        except FileNotInCommit:
            continue
    return sources


def _named(symbols: Sequence[Symbol], text: str) -> list[Symbol]:
    words = set(_WORD.findall(text))
    return [symbol for symbol in symbols if symbol.kind in _BODIES and symbol.qualified_name.split(".")[-1] in words]


def _lines(symbols: Iterable[Symbol]) -> dict[str, frozenset[int]]:
    lines: dict[str, frozenset[int]] = {}
    for symbol in symbols:
        lines[symbol.path] = lines.get(symbol.path, frozenset()) | set(range(symbol.first_line, symbol.last_line + 1))
    return lines
