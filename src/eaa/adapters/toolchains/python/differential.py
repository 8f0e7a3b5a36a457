"""Tests that a changed module answers as its old self does, on inputs taken from the project's tests."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.literal_calls import (
    LONGEST_CALL,
    Call,
    common_functions,
    literal_calls,
    variations_of,
)
from eaa.domain.ids import TestId
from eaa.domain.language import Differential
from eaa.domain.project import TestSuite
from eaa.domain.repository import FileChange

CALLS_AT_MOST = 40
_SUFFIX = "__before"

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


def differential_tests(
    path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite
) -> Differential:
    """Return tests that call public functions of a module and of its old self and assert the same answer.

    Inputs are the literal arguments that the tests use, and small variations of them; at most CALLS_AT_MOST calls. Only
    top-level functions with one signature on both sides are called; answers that are not built of plain values, or that
    vary by themselves, are skipped by the tests. Empty when there is nothing to call, or the suite is not pytest's.
    """
    return comparison(path, before, _calls(before, after, tests), suite, name="same_answers")


def comparison(path: str, before: bytes, calls: Sequence[Call], suite: TestSuite, *, name: str) -> Differential:
    """Return one test a call, in a file named `test_{name}_…`, and the old self of the module beside the new one."""
    module = _module_name(path, suite)
    folder = PurePosixPath(suite.test_paths[0]).parent if suite.test_paths else PurePosixPath(suite.root)
    if module is None or suite.framework != "pytest" or not calls:
        return Differential()
    file = folder / f"test_{name}_{module.replace('.', '_')}.py"
    shown = file if suite.root == "." else file.relative_to(suite.root)
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
            (TestId(f"{shown}::test_{number}"), f"{function}({arguments})")
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
    found = dict.fromkeys(literal_calls(common_functions(before, after), tests))
    variations = dict.fromkeys((call[0], varied) for call in found for varied in variations_of(call))
    return [call for call in {**found, **variations} if len(call[1]) <= LONGEST_CALL][:CALLS_AT_MOST]
