"""Whether new code knows the tests it has to pass."""

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

_COMMON = frozenset({repr(value) for value in (None, True, False, 0, 1, -1, 2, 10, 100, "", " ", 0.0, 1.0, 0.5)})


def knows_tests(before: str, after: str, tests: Sequence[str]) -> bool:
    """Return whether code gained a literal that the tests use and that is no everyday one."""
    gained = Counter(_literals(after)) - Counter(_literals(before))
    used = {literal for test in tests for literal in _literals(test)}
    return any(literal in used and literal not in _COMMON for literal in gained)


def _literals(source: str) -> Iterable[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    return [repr(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)]
