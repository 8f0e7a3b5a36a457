"""The code map, from text and history alone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from eaa.domain.artefact import Requirement
from eaa.domain.language import Symbol, SymbolKind
from eaa.domain.test_report import TestResult
from eaa.roles.sa.sources import SourceFile

MOST_SYMBOLS = 20
MOST_PATHS = 20
MOST_CALLERS = 20

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH = re.compile(r"[\w./-]{1,200}\.\w{1,5}")


def words_of(requirement: Requirement, text: str) -> frozenset[str]:
    """Return every identifier-like word of the request and of its examples."""
    examples = (example.expression for criterion in requirement.criteria for example in criterion.examples)
    return frozenset(_WORD.findall(text)).union(*(_WORD.findall(example) for example in examples))


def named_symbols(files: Iterable[SourceFile], words: frozenset[str], code_words: frozenset[str]) -> tuple[Symbol, ...]:
    """Return the definitions the request names, most telling first: those used in code, then public, then short paths.

    A one-word name such as `run` counts only when the request writes it as code; `read_text` counts anywhere.
    """
    found = [symbol for file in files for symbol in file.symbols if _is_named(symbol, words, code_words)]
    found.sort(key=lambda symbol: (_last(symbol) not in code_words, not symbol.is_public, len(symbol.path)))
    return tuple(found[:MOST_SYMBOLS])


def importers_of(
    paths: Sequence[str], files: Iterable[SourceFile], modules: dict[str, str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (path, files that import it) for each of the paths that somebody imports.

    Args:
        paths: Files asked about.
        files: Every source and test file.
        modules: Dotted module name to path.
    """
    importing: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for target in sorted(imported_paths(file, modules)):
            importing[target].append(file.path)
    return tuple((path, tuple(importing[path])) for path in paths if importing.get(path))


def imported_paths(file: SourceFile, modules: dict[str, str]) -> frozenset[str]:
    """Return the project's own files one file imports."""
    dotted = {
        name
        for entry in file.imports
        for name in (entry.module, *(f"{entry.module}.{imported}" for imported in entry.names))
    }
    return frozenset(modules[name] for name in dotted if name in modules and modules[name] != file.path)


def module_names(paths: Iterable[str], import_roots: Iterable[str]) -> dict[str, str]:
    """Return dotted module name → path, as seen from each import root; the first root that gives a name wins."""
    roots = tuple(dict.fromkeys((*import_roots, ".")))
    names: dict[str, str] = {}
    for path in paths:
        for root in roots:
            if root == "." or PurePosixPath(path).is_relative_to(root):
                relative = PurePosixPath(path) if root == "." else PurePosixPath(path).relative_to(root)
                parts = relative.with_suffix("").parts
                parts = parts[:-1] if parts[-1:] == ("__init__",) else parts
                if parts:
                    names.setdefault(".".join(parts), path)
    return names


def rank_paths(
    *,
    symbols: Sequence[Symbol],
    text: str,
    failing: Sequence[TestResult],
    imported_by_failing: Iterable[str],
    churn: dict[str, int],
    source_paths: Sequence[str],
) -> tuple[tuple[str, str], ...]:
    """Return (path, reason), most relevant first.

    A path's weight adds up what points to it: a named definition, its name in the request, a frame of a failing test,
    an import of a failing test's file; recent churn only orders those that something points to.
    """
    weights: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[str]] = defaultdict(list)

    def point(path: str, weight: float, reason: str) -> None:
        if path in known and reason not in reasons[path]:
            weights[path] += weight
            reasons[path].append(reason)

    known = frozenset(source_paths)
    for path in _paths_in(text, source_paths):
        point(path, 5, "named in the request")
    for result in failing:
        if result.path is not None:
            point(result.path, 4, f"line {result.line} raises in a failing test")
    for position, symbol in enumerate(symbols):
        point(symbol.path, 4 / (1 + position / 2), f"defines {symbol.qualified_name}")
    for path in imported_by_failing:
        point(path, 2, "imported by a failing test")
    for path in weights:
        weights[path] += min(churn.get(path, 0), 50) / 100
    ordered = sorted(weights, key=lambda path: (-weights[path], path))
    return tuple((path, "; ".join(reasons[path][:3])) for path in ordered[:MOST_PATHS])


def public_signatures(symbols: Iterable[Symbol]) -> tuple[str, ...]:
    """Return the signatures of the public functions, methods and classes among the symbols."""
    return tuple(
        dict.fromkeys(
            symbol.signature for symbol in symbols if symbol.is_public and symbol.kind is not SymbolKind.VARIABLE
        )
    )


def used_elsewhere(
    symbols: Iterable[Symbol], callers: Iterable[tuple[str, Sequence[str]]], source_paths: Iterable[str]
) -> tuple[str, ...]:
    """Return the public names that source files other than their own call, tests left out."""
    calls, sources = dict(callers), frozenset(source_paths)
    return tuple(
        symbol.qualified_name
        for symbol in symbols
        if symbol.is_public
        and any(
            (path := call.rpartition(":")[0]) in sources and path != symbol.path
            for call in calls.get(symbol.qualified_name, ())
        )
    )


def components_of(paths: Iterable[str], import_roots: Iterable[str]) -> tuple[str, ...]:
    """Return the top-level packages (or single modules) the paths lie in, in order of appearance."""
    roots = sorted((root for root in import_roots if root != "."), key=len, reverse=True)
    return tuple(dict.fromkeys(_component(PurePosixPath(path), roots) for path in paths))


def _component(path: PurePosixPath, roots: Sequence[str]) -> str:
    for root in roots:
        if path.is_relative_to(root):
            return PurePosixPath(path.relative_to(root).parts[0]).stem
    return PurePosixPath(path.parts[0]).stem


def _is_named(symbol: Symbol, words: frozenset[str], code_words: frozenset[str]) -> bool:
    name = _last(symbol)
    if name.startswith("__"):
        return False
    return name in code_words or (name in words and ("_" in name.strip("_") or not name.islower()))


def _last(symbol: Symbol) -> str:
    return symbol.qualified_name.rpartition(".")[2]


def _paths_in(text: str, source_paths: Sequence[str]) -> tuple[str, ...]:
    mentioned = frozenset(_PATH.findall(text))
    return tuple(
        path
        for path in source_paths
        if any(path == mention or path.endswith(f"/{mention}") or mention.endswith(f"/{path}") for mention in mentioned)
    )
