"""Which lines the failing tests point to (Ochiai)."""

from __future__ import annotations

import ast
import math
from typing import Dict, Iterable, List, Set, Tuple

Line = Tuple[str, int]


class Suspicion:
    """How suspicious each covered line is."""

    def __init__(self, failing: Iterable[Set[Line]], passing: Iterable[Set[Line]]) -> None:
        failed, passed = list(failing), list(passing)
        self.failing = _count(failed)
        self.passing = _count(passed)
        self.scores: Dict[Line, float] = {
            line: count / math.sqrt(len(failed) * (count + self.passing.get(line, 0)))
            for line, count in self.failing.items()
        }
        self._highest = max(self.scores.values(), default=1.0)

    def ranking(self) -> List[Tuple[Line, float]]:
        """Return lines and scores, most suspicious first."""
        return sorted(self.scores.items(), key=lambda item: (-item[1], item[0]))

    def weight(self, path: str, node: ast.AST) -> float:
        """Return the factor by which a place raises the priority of ideas about it."""
        score = max((self.scores.get((path, line), 0.0) for line in lines_of(node)), default=0.0)
        return (0.25 + 0.75 * score / self._highest) * (1.0 if score else 0.5)

    def covering(self, path: str, node: ast.AST) -> int:
        """Return how many passing tests run a node's lines."""
        return max((self.passing.get((path, line), 0) for line in lines_of(node)), default=0)


def lines_of(node: ast.AST) -> range:
    """Return the lines of an expression or simple statement, the first of a compound one."""
    first = int(getattr(node, "lineno", 0))
    is_compound = hasattr(node, "body") and isinstance(node, ast.stmt)
    return range(first, (first if is_compound else int(getattr(node, "end_lineno", first) or first)) + 1)


def _count(sets: Iterable[Set[Line]]) -> Dict[Line, int]:
    found: Dict[Line, int] = {}
    for lines in sets:
        for line in lines:
            found[line] = found.get(line, 0) + 1
    return found
