"""Where a failure points, from coverage and tracebacks."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

from eaa.domain.fix import Suspect
from eaa.domain.language import Symbol, SymbolKind
from eaa.domain.test_report import TestResult
from eaa.kit.bounded import bound_text

MOST_SUSPECTS = 30

Lines = frozenset[tuple[str, int]]
"""(path, line) executed in one run."""


def ochiai(failing: Sequence[Lines], passing: Sequence[Lines]) -> dict[tuple[str, int], float]:
    """Return the suspiciousness of every line a failing run executes, 0 to 1.

    Source: Abreu, Zoeteweij, van Gemund, "An Evaluation of Similarity Coefficients for Software Fault Localization".
    """
    scores = {}
    for place in sorted(frozenset().union(*failing)):
        failed = sum(place in lines for lines in failing)
        passed = sum(place in lines for lines in passing)
        scores[place] = failed / sqrt(len(failing) * (failed + passed))
    return scores


def suspects_of(
    scores: Mapping[tuple[str, int], float],
    results: Iterable[TestResult],
    *,
    source_paths: frozenset[str],
    symbols: Mapping[str, Sequence[Symbol]],
) -> tuple[Suspect, ...]:
    """Return the lines the failure points to, most suspicious first: where it was raised, then by coverage."""
    merged = {place: score for place, score in scores.items() if place[0] in source_paths}
    raised: set[tuple[str, int]] = set()
    for result in results:
        if result.path is not None and result.path in source_paths and result.line is not None:
            raised.add((result.path, result.line))
            merged.setdefault((result.path, result.line), 1.0)
    ordered = sorted(merged, key=lambda place: (place not in raised, -merged[place], place))
    return tuple(
        Suspect(path, line, round(min(merged[path, line], 1.0), 4), symbol_at(symbols.get(path, ()), line))
        for path, line in ordered[:MOST_SUSPECTS]
    )


def symbol_at(symbols: Iterable[Symbol], line: int) -> str | None:
    """Return the qualified name of the innermost definition around a line."""
    around = [
        symbol
        for symbol in symbols
        if symbol.kind is not SymbolKind.VARIABLE and symbol.first_line <= line <= symbol.last_line
    ]
    innermost = min(around, key=lambda symbol: symbol.last_line - symbol.first_line, default=None)
    return innermost.qualified_name if innermost else None


def symptom_text(result: TestResult) -> str:
    """Return the exception type and message of a result in one bounded line."""
    message = bound_text(" ".join(result.message.split()), limit_characters=300)
    name = result.exception or str(result.outcome)
    return message if message.startswith(name) else f"{name}: {message}" if message else name
