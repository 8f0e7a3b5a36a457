"""How a change makes tests easier to pass, read from the text of both sides."""

import ast
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.assertions import Function, Strength, assertions_of
from eaa.adapters.toolchains.python.hooks import hook_findings
from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.test_configuration import configuration_findings, is_test_configuration
from eaa.adapters.toolchains.python.test_data import fewer_checks, other_data
from eaa.adapters.toolchains.python.test_literals import Literal, row_scopes, test_scopes
from eaa.adapters.toolchains.python.weaker_tests import compare_tests, skips_in
from eaa.domain.evidence import Severity, TamperFinding, TamperKind
from eaa.domain.project import TestSuite

_FOLDERS = frozenset({"tests", "test", "testing"})
_RENAMED_AT_LEAST = 0.75
_Tests = dict[str, Function]


def weakenings(path: str, before: bytes | None, after: bytes | None, suite: TestSuite) -> tuple[TamperFinding, ...]:
    """Return findings for a test file or a configuration of tests; other files have none. None means no file."""
    if is_test_configuration(path):
        return tuple(configuration_findings(path, before, after))
    if not _is_test_file(path, suite):
        return ()
    old, new = parse_quietly(before or b""), parse_quietly(after or b"")
    try:
        found = [*_lost_or_weaker(path, old, new), *hook_findings(path, old, new), *_file_skips(path, old, new)]
    except RecursionError:
        return (_unread(path),)
    return tuple(dict.fromkeys(sorted(found, key=lambda finding: (finding.line or 0, finding.text))))


def _unread(path: str) -> TamperFinding:
    return TamperFinding(
        kind=TamperKind.TEST_WEAKENED,
        severity=Severity.LOOK,
        path=path,
        line=None,
        text="is nested too deeply to be compared; a person must look at it",
    )


def _is_test_file(path: str, suite: TestSuite) -> bool:
    file = PurePosixPath(path)
    if file.suffix != ".py":
        return False
    named = file.name.startswith("test_") or file.name.endswith("_test.py") or file.name == "conftest.py"
    return named or path in suite.test_paths or not _FOLDERS.isdisjoint(file.parts[:-1])


def _lost_or_weaker(path: str, old: ast.Module, new: ast.Module) -> Iterator[TamperFinding]:
    before, after = _functions(old), _all_functions(new)
    helpers = frozenset(name for name in before if not _is_collected(name))
    yield from other_data(path, old, new)
    added = {name: test for name, test in after.items() if name not in before and _is_collected(name)}
    elsewhere = {claim.text for test in added.values() for claim in assertions_of(test)}
    rows = _values_tested(after)
    for name, test in before.items():
        now = after.get(name)
        if now is None and _is_collected(name):
            if _kept_as_row(test, rows):
                continue
            now = _moved(test, added)
        if now is not None:
            yield from compare_tests(path, name, test, now, elsewhere, rows)
            yield from fewer_checks(path, name, (test, now), helpers)
        elif _is_collected(name):
            yield TamperFinding(
                kind=TamperKind.TEST_DELETED,
                severity=Severity.DECISIVE,
                path=path,
                line=test.lineno,
                text=f"{name} is gone",
            )


def _values_tested(tests: _Tests) -> list[frozenset[Literal]]:
    """Return the rows of parametrized tests that assert what the values are."""
    return [
        scope.inputs
        for name, test in tests.items()
        if _is_collected(name) and any(claim.strength >= Strength.NEAR for claim in assertions_of(test))
        for scope in row_scopes(test)
    ]


def _functions(tree: ast.Module) -> _Tests:
    """Return tests, and helpers that assert, by qualified name; a name that is unbound again is gone."""
    found = _all_functions(tree)
    return {name: test for name, test in found.items() if _is_collected(name) or assertions_of(test)}


def _all_functions(tree: ast.Module) -> _Tests:
    found: _Tests = {}
    _collect(tree.body, "", found)
    return found


def _collect(body: Sequence[ast.stmt], prefix: str, found: _Tests) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[f"{prefix}{node.name}"] = node
        elif isinstance(node, ast.ClassDef):
            # pytest passes over classes of another name, and those it cannot make without arguments.
            collected = (node.name.startswith("Test") or node.bases) and not any(
                isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body
            )
            _collect(node.body, f"{prefix}{node.name}." if collected else f"{prefix}{node.name}._.", found)
        elif isinstance(node, ast.Assign | ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.pop(f"{prefix}{target.id}", None)


def _is_collected(name: str) -> bool:
    return name.rpartition(".")[2].startswith("test") and "._." not in name


def _moved(test: Function, added: _Tests) -> Function | None:
    """Return the new test that is this one under another name or in another class."""
    text = _body(test)
    likeness = {name: SequenceMatcher(None, text, _body(other)).ratio() for name, other in added.items()}
    best = max(likeness, key=lambda name: likeness[name], default=None)
    return added[best] if best is not None and likeness[best] >= _RENAMED_AT_LEAST else None


def _body(test: Function) -> str:
    return "\n".join(ast.unparse(node) for node in test.body)


def _kept_as_row(test: Function, rows: Sequence[frozenset[Literal]]) -> bool:
    """Return whether the values of a test live on, as one row of a parametrized one."""
    scope = next(test_scopes(ast.Module(body=[test], type_ignores=[])))
    values = scope.inputs | scope.expected
    values = frozenset(value for value in values if value[0] != "bool")
    return bool(values) and any(values <= row for row in rows)


def _file_skips(path: str, old: ast.Module, new: ast.Module) -> Iterator[TamperFinding]:
    """Return findings for skips of a whole file or class that had tests."""
    if not any(_is_collected(name) for name in _functions(old)):
        return
    known = {text for _, text in _wide_skips(old)}
    for line, text in _wide_skips(new):
        if text not in known:
            yield TamperFinding(
                kind=TamperKind.TEST_SKIPPED,
                severity=Severity.DECISIVE,
                path=path,
                line=line,
                text=f"tests are skipped by {text}",
            )


def _wide_skips(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            own = [statement for statement in node.body if isinstance(statement, ast.Assign | ast.Expr)]
            for part in (*node.decorator_list, *own):
                yield from ((line, f"{node.name}: {text}") for line, text in skips_in(part))
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from skips_in(node)
