"""Changing Python in one place at a time, so that tests can show what they notice."""

import ast
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from eaa.adapters.toolchains.python.mutation_operators import Edit, edits_of
from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.source_text import SourceText
from eaa.adapters.toolchains.python.symbols import Function, last_name
from eaa.domain.language import Mutant

_LINE_TEXT_AT_MOST = 80
_SPEAKERS = frozenset({"print", "warn", "getLogger", "get_logger"})
_LOG_METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
_NAMERS = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "namedtuple", "NamedTuple", "TypedDict"})


def mutants_of(path: str, source: bytes, lines: frozenset[int]) -> tuple[Mutant, ...]:
    """Return variants of a file that each behave differently at one place on the lines, by line and column.

    Left alone: documentation, annotations, decorators, type-only and main blocks, what is logged or printed, what
    errors say, assertions, patterns and dunder variables. Each variant parses and differs by one place only; nothing
    for a file that does not parse, is not UTF-8 or is nested too deeply to walk.
    """
    text = SourceText.read(source) if lines else None
    if text is None:
        return ()
    try:
        edits = {edit for node in _nodes(text.tree) for edit in edits_of(text, node)}
        found = sorted(edits, key=lambda edit: (edit.start, edit.end, edit.description, edit.replacement))
        return tuple(_mutants(path, text, found, lines))
    except RecursionError:
        return ()


def _mutants(path: str, text: SourceText, edits: Iterable[Edit], lines: frozenset[int]) -> Iterator[Mutant]:
    original = ""
    for edit in edits:
        line = bisect_right(text.line_starts, edit.start)
        if line not in lines:
            continue
        original = original or ast.dump(text.tree)
        content = text.replaced(edit.start, edit.end, edit.replacement)
        tree = parse_quietly(content)
        if tree.body and ast.dump(tree) != original:
            written = _written(text, line)
            yield Mutant(path=path, line=line, description=f"{written}: {edit.description}", content=content)


def _written(text: SourceText, line: int) -> str:
    written = text.content.splitlines()[line - 1].decode().strip().removesuffix(":")
    return written if len(written) <= _LINE_TEXT_AT_MOST else f"{written[: _LINE_TEXT_AT_MOST - 1]}…"


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Return the nodes that may change, outer ones first."""
    if not _is_special_block(node):
        yield node
    for part in _parts(node):
        if not _is_left_alone(part):
            yield from _nodes(part)


def _parts(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, Function):
        return [*node.args.defaults, *(part for part in node.args.kw_defaults if part), *node.body]
    if isinstance(node, ast.ClassDef):
        return node.body
    if isinstance(node, ast.AnnAssign):
        return [node.value] if node.value else []
    if isinstance(node, ast.If) and _is_special_block(node):
        return node.orelse
    if isinstance(node, ast.match_case):
        return [*([node.guard] if node.guard else []), *node.body]
    if isinstance(node, ast.Raise):
        return []
    return ast.iter_child_nodes(node)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_left_alone(node.value)
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id.startswith("__") for target in node.targets)
    if isinstance(node, ast.Call):
        return _is_speech(node.func) or last_name(node.func) in _NAMERS
    return isinstance(node, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom)


def _is_speech(function: ast.expr) -> bool:
    """Return whether a call only tells people something."""
    name = last_name(function)
    if name in _SPEAKERS:
        return True
    owner = last_name(function.value) if isinstance(function, ast.Attribute) else ""
    return name in _LOG_METHODS and "log" in owner.lower()


def _is_special_block(node: ast.AST) -> bool:
    """Return whether a node is an `if` for type checkers, or one for running the file as a program."""
    written = ast.unparse(node.test) if isinstance(node, ast.If) else ""
    return "TYPE_CHECKING" in written or "__name__" in written
