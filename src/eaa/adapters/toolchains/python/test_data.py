"""What tests check through helpers, and the data beside them: cases, fixtures and expected values with a name."""

import ast
from collections import Counter
from collections.abc import Collection, Iterator

from eaa.adapters.toolchains.python.assertions import Function, assertions_of, last_name
from eaa.domain.evidence import Severity, TamperFinding, TamperKind

__test__ = False


def fewer_checks(
    path: str, name: str, sides: tuple[Function, Function], helpers: Collection[str]
) -> Iterator[TamperFinding]:
    """Return findings for a test that calls fewer of the file's asserting helpers, or uses other values.

    Args:
        path: File of both.
        name: Qualified name of the test.
        sides: The test as it was and as it is.
        helpers: Names of functions that assert and are no tests.
    """
    before, after = sides
    checks = [len(list(_checks(side, helpers))) + len(assertions_of(side)) for side in sides]
    if checks[1] < checks[0] and list(_checks(before, helpers)):
        yield _weakened(path, after.lineno, Severity.DECISIVE, f"{name} checks less: {checks[0]} became {checks[1]}")
    elif gone := _gone(_without_claims(before), _without_claims(after)):
        yield _weakened(path, after.lineno, Severity.LOOK, f"{name} no longer uses {gone}")


def other_data(path: str, old: ast.Module, new: ast.Module) -> Iterator[TamperFinding]:
    """Return findings for named cases that became fewer (decisive) and other changed data or fixtures (a look)."""
    after = dict(_data(new))
    for name, node in _data(old):
        now = after.get(name)
        if now is None:
            continue
        if isinstance(node, ast.List | ast.Tuple | ast.Dict) and _size(now) < _size(node):
            text = f"{name} has fewer cases: {_size(node)} became {_size(now)}"
            yield _weakened(path, now.lineno, Severity.DECISIVE, text)
        elif gone := _gone(node, now):
            yield _weakened(path, now.lineno, Severity.LOOK, f"{name} no longer holds {gone}")


def _checks(test: Function, helpers: Collection[str]) -> Iterator[ast.Call]:
    last = {helper.rpartition(".")[2] for helper in helpers}
    return (node for node in ast.walk(test) if isinstance(node, ast.Call) and last_name(node) in last)


def _data(tree: ast.Module) -> Iterator[tuple[str, ast.expr | Function]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            last_name(decorator) == "fixture" for decorator in node.decorator_list
        ):
            yield node.name, node


def _size(node: ast.expr | Function) -> int:
    if isinstance(node, ast.Dict):
        return len(node.keys)
    return len(node.elts) if isinstance(node, ast.List | ast.Tuple) else 0


def _without_claims(test: Function) -> ast.Module:
    """Return the statements that assert nothing: claims are compared one by one elsewhere."""
    body = [node for node in test.body if not isinstance(node, ast.Assert | ast.With | ast.Expr)]
    return ast.Module(body=body, type_ignores=[])


def _gone(before: ast.AST, after: ast.AST) -> str:
    """Return a literal that is no longer used, as text; empty when all still are."""
    lost = Counter(_literals(before)) - Counter(_literals(after))
    return next(iter(lost), "")


def _literals(tree: ast.AST) -> Iterator[str]:
    return (repr(node.value)[:80] for node in ast.walk(tree) if isinstance(node, ast.Constant))


def _weakened(path: str, line: int, severity: Severity, text: str) -> TamperFinding:
    return TamperFinding(kind=TamperKind.TEST_WEAKENED, severity=severity, path=path, line=line, text=text[:300])
