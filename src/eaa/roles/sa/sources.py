"""The project's files, parsed once."""

from collections.abc import Iterable
from dataclasses import dataclass

from eaa.domain.brief import Brief
from eaa.domain.errors import FileNotInCommit
from eaa.domain.language import Import, Symbol
from eaa.engine.tools import Tools

MOST_FILES = 3_000
"""Beyond this many files the map is drawn from the first ones; a note in the run says so."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file and what its text says."""

    path: str
    content: bytes
    symbols: tuple[Symbol, ...]
    imports: tuple[Import, ...]


async def read_sources(brief: Brief, tools: Tools, paths: Iterable[str]) -> tuple[SourceFile, ...]:
    """Return the files of the base commit that can be read, in the order of `paths`; links are left out."""
    chosen = tuple(paths)
    if len(chosen) > MOST_FILES:
        tools.progress.noted(f"only the first {MOST_FILES} of {len(chosen)} files are mapped")
    files = [await _read(brief, tools, path) for path in chosen[:MOST_FILES]]
    return tuple(file for file in files if file is not None)


async def _read(brief: Brief, tools: Tools, path: str) -> SourceFile | None:
    language = tools.toolchain.language
    try:
        content = await tools.repositories.read_file(brief.repository, brief.base, path)
    except FileNotInCommit:
        return None
    return SourceFile(path, content, language.symbols(path, content), language.imports(path, content))
