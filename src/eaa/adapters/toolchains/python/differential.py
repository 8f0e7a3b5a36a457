"""Tests that a changed module answers as its old self does, on inputs taken from the project's tests."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.domain.ids import TestId
from eaa.domain.language import Differential
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange

CALLS_AT_MOST = 40
_SUFFIX = "__before"
_LONGEST_CALL = 200

_HEADER = """\
from unittest import SkipTest

import {module} as _new
import {module}{suffix} as _old

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def _is_plain(value):
    if isinstance(value, dict):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    return type(value) in _PLAIN


def _answer(call):
    try:
        value = call()
    except Exception as error:
        return "raised", type(error).__name__
    if not _is_plain(value):
        raise SkipTest("the answer cannot be compared")
    return "returned", type(value).__name__, repr(value) if value != value else value


def _compare(new, old):
    before = _answer(old)
    if before != _answer(old):
        raise SkipTest("the old answer is not always the same")
    assert _answer(new) == before
"""

Call = tuple[str, str]
"""Function name and the source of its arguments, without the brackets."""


def differential_tests(
    path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite
) -> Differential:
    """Return tests that call public functions of a module and of its old self and assert the same answer.

    Inputs are the literal arguments that the tests use, and small variations of them; at most CALLS_AT_MOST calls. Only
    top-level functions with one signature on both sides are called; answers that are not built of plain values, or that
    vary by themselves, are skipped by the tests. Empty when there is nothing to call, or the suite is not pytest's.
    """
    module = _module_name(path, suite)
    folder = PurePosixPath(suite.test_paths[0]).parent if suite.test_paths else PurePosixPath(suite.root)
    calls = _calls(before, after, tests)
    if module is None or suite.framework != "pytest" or not calls:
        return Differential()
    file = folder / f"test_same_answers_{module.replace('.', '_')}.py"
    name = file if suite.root == "." else file.relative_to(suite.root)
    lines = [_HEADER.format(module=module, suffix=_SUFFIX)]
    for number, (function, arguments) in enumerate(calls, start=1):
        lines.append(
            f"\n\ndef test_{number}():\n"
            f"    _compare(lambda: _new.{function}({arguments}), lambda: _old.{function}({arguments}))\n"
        )
    old_self = PurePosixPath(path).with_stem(f"{PurePosixPath(path).stem}{_SUFFIX}")
    return Differential(
        changes=(
            FileChange(path=str(old_self), content=before),
            FileChange(path=str(file), content="".join(lines).encode()),
        ),
        tests=tuple(
            (TestId(f"{name}::test_{number}"), f"{function}({arguments})")
            for number, (function, arguments) in enumerate(calls, start=1)
        ),
    )


def _module_name(path: str, suite: TestSuite) -> str | None:
    """Return how tests import a file; None for packages and for what no import root holds."""
    file = PurePosixPath(path)
    if file.name == "__init__.py":
        return None
    roots = sorted(suite.import_roots, key=lambda root: -len(PurePosixPath(root).parts))
    for root in (*roots, suite.root):
        if root == "." or file.is_relative_to(root):
            parts = (file if root == "." else file.relative_to(root)).with_suffix("").parts
            return ".".join(parts) if all(part.isidentifier() for part in parts) else None
    return None


def _calls(before: bytes, after: bytes, tests: Sequence[bytes]) -> list[Call]:
    names = _signatures(before).items() & _signatures(after).items()
    common = {name for name, _ in names}
    found: dict[Call, None] = {}
    for source in tests:
        for node in ast.walk(parse_quietly(source)):
            if isinstance(node, ast.Call) and _called(node) in common and _is_literal(node):
                found[_called(node), _arguments(node)] = None
    variations = dict.fromkeys(
        (function, varied) for function, arguments in found for varied in _varied(function, arguments)
    )
    return [call for call in {**found, **variations} if len(call[1]) <= _LONGEST_CALL][:CALLS_AT_MOST]


def _signatures(source: bytes) -> dict[str, str]:
    return {
        node.name: ast.unparse(node.args)
        for node in parse_quietly(source).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_literal(node: ast.Call) -> bool:
    parts = [*node.args, *(keyword.value for keyword in node.keywords)]
    return all(keyword.arg for keyword in node.keywords) and all(_literal(part) for part in parts)


def _literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _arguments(node: ast.Call) -> str:
    return ast.unparse(ast.Call(func=ast.Name(id="", ctx=ast.Load()), args=node.args, keywords=node.keywords))[1:-1]


def _varied(function: str, arguments: str) -> Iterator[str]:
    """Return the arguments with one literal at a time replaced by neighbours of it."""
    call = ast.parse(f"{function}({arguments})", mode="eval").body
    assert isinstance(call, ast.Call)
    for index, argument in enumerate(call.args):
        for neighbour in _neighbours(ast.literal_eval(argument)):
            parts = [*call.args[:index], ast.parse(repr(neighbour), mode="eval").body, *call.args[index + 1 :]]
            yield _arguments(ast.Call(func=call.func, args=parts, keywords=call.keywords))


def _neighbours(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value + 1, value - 1, 0, -value)
    if isinstance(value, str):
        return ("", value + value, value[1:])
    if isinstance(value, list):
        return (value[:0], value[1:], value[::-1], value + value)
    if isinstance(value, tuple):
        return (value[:0], value[1:], value[::-1], value + value)
    return ()
