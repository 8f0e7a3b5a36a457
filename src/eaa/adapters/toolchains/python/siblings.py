"""Inputs of the same sort as the tests', for code that seems to single the tests' own out."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.alternatives import extended_alternatives
from eaa.adapters.toolchains.python.differential import comparison
from eaa.adapters.toolchains.python.literal_calls import (
    LONGEST_CALL,
    Call,
    common_functions,
    literal_calls,
    parsed,
    siblings_of,
)
from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.test_literals import is_trivial, literal_of
from eaa.domain.language import SiblingGroup, Siblings
from eaa.domain.project import TestSuite

GROUPS_AT_MOST = 12
SIBLINGS_AT_MOST = 24
"""Of one call."""
_SMALL = 2
_SINGLES_OUT = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_DIGESTS = frozenset({"hash", "len", "ord", "sum", "crc32", "adler32", "hexdigest", "digest", "encode", "open"})
_READS = frozenset({"read_text", "read_bytes", "load", "loads", "get", "search", "match", "fullmatch", "startswith"})


def sibling_calls(path: str, before: bytes, after: bytes, tests: Sequence[bytes], suite: TestSuite) -> Siblings:
    """Return the tests' literal calls of changed code, each with calls of the same sort, to be asked of old and new.

    Empty unless the new text compares, looks up, matches, digests or catches something that the old one does not: only
    that can single inputs out. Left out are calls whose inputs any honest border has: nothing, very small numbers, and
    what the old text, or an older table that the new one only extends, speaks of anyway.
    """
    old, new = parse_quietly(before), parse_quietly(after)
    try:
        if not Counter(_choices(new)) - Counter(_choices(old)):
            return Siblings()
        calls = list(dict.fromkeys(literal_calls(common_functions(before, after), _about(path, tests))))
        asked = [call for call in calls if len(call[1]) <= LONGEST_CALL and not _is_border(call, old, new)]
    except RecursionError:
        return Siblings()
    groups = {call: _siblings(call, calls) for call in asked[:GROUPS_AT_MOST]}
    tested = list(dict.fromkeys((*asked[:GROUPS_AT_MOST], *calls)))[:SIBLINGS_AT_MOST]
    every = list(dict.fromkeys((*tested, *(near for siblings in groups.values() for near in siblings))))
    made = comparison(path, before, every, suite, name="siblings")
    if not made.tests:
        return Siblings()
    named = dict(zip(every, made.tests, strict=True))
    return Siblings(
        changes=made.changes,
        groups=tuple(
            SiblingGroup(function=call[0], tested=named[call], siblings=tuple(named[near] for near in siblings))
            for call, siblings in groups.items()
            if siblings
        ),
        tested=tuple(named[call] for call in tested),
    )


def _about(path: str, tests: Sequence[bytes]) -> Sequence[bytes]:
    """Return the tests that name a module, or all when none does: other modules may have functions of the same name."""
    name = re.compile(rb"\b" + re.escape(PurePosixPath(path).stem.encode()) + rb"\b")
    return [source for source in tests if name.search(source)] or tests


def _siblings(call: Call, tested: Collection[Call]) -> list[Call]:
    found = dict.fromkeys((call[0], arguments) for arguments in siblings_of(call) if len(arguments) <= LONGEST_CALL)
    return [near for near in found if near not in tested and "inf" not in near[1] and "nan" not in near[1]][
        :SIBLINGS_AT_MOST
    ]


def _choices(tree: ast.Module) -> Iterator[str]:
    """Return the text of every place that can tell one input from all others."""
    for node in ast.walk(tree):
        compares = isinstance(node, ast.Compare) and any(isinstance(sign, _SINGLES_OUT) for sign in node.ops)
        looks_up = isinstance(node, ast.Subscript | ast.Dict | ast.match_case | ast.ExceptHandler)
        asks = isinstance(node, ast.Call) and _name(node.func) in _DIGESTS | _READS
        if compares or looks_up or asks:
            yield ast.unparse(node)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_border(call: Call, old: ast.Module, new: ast.Module) -> bool:
    """Return whether every input of a call is one that honest code treats apart too."""
    node = parsed(call)
    values = [*node.args, *(word.value for word in node.keywords)]
    known = _numbers(old)
    extended = extended_alternatives(old, new)
    return all(_is_known(value, known) for value in values) or any(literal_of(value) in extended for value in values)


def _is_known(node: ast.expr, known: Collection[float]) -> bool:
    literal = literal_of(node)
    if literal is None or is_trivial(literal):
        return True
    value = ast.literal_eval(node)
    if isinstance(value, int | float):
        return abs(value) <= _SMALL or any(abs(abs(value) - number) <= 1 for number in known)
    return False


def _numbers(tree: ast.Module) -> frozenset[float]:
    return frozenset(
        abs(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
    )
