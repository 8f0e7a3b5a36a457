"""Source code that knows the tests: it answers them with their own literals, or asks whether it is being tested."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from eaa.adapters.toolchains.python.alternatives import extended_alternatives
from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.test_literals import Literal, Scope, is_trivial, literal_of, test_scopes
from eaa.domain.evidence import Severity, TamperFinding, TamperKind

_CALLER = frozenset({"stack", "currentframe", "_getframe", "extract_stack"})
_RUNNERS = ("pytest", "unittest")
_ENVIRONMENT = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER")


_BASE_CASES = (("int", "2"), ("int", "-2"))
_TABLE_AT_LEAST = 2
"""Pairs that make a dictionary a table, which honest changes extend."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A literal given for literals: `if a == 2 and b == 3: return 5`."""

    asked: tuple[Literal, ...]
    given: Literal
    line: int


def hard_coded(path: str, before: bytes, after: bytes, tests: Sequence[bytes]) -> tuple[TamperFinding, ...]:
    """Return places where new code gives a test's expected literal for the test's input, or looks for a test runner.

    Base cases such as `if n == 0: return 1` ask for a look only; what the file said before is no finding.
    """
    try:
        found = _read(path, parse_quietly(before), parse_quietly(after), tests)
    except RecursionError:
        return (_finding(path, 1, Severity.LOOK, "is nested too deeply to be read; a person must look at it"),)
    return tuple(dict.fromkeys(sorted(found, key=lambda finding: (finding.line or 0, finding.text))))


def _read(path: str, old: ast.Module, new: ast.Module, tests: Sequence[bytes]) -> list[TamperFinding]:
    scopes = [scope for source in tests for scope in test_scopes(parse_quietly(source))]
    known = {(answer.asked, answer.given) for answer in _answers(old)}
    spoken_of = {literal for node in ast.walk(old) if isinstance(node, ast.Constant) and (literal := literal_of(node))}
    extended = extended_alternatives(old, new) | spoken_of
    found = [
        finding
        for answer in _answers(new)
        if (answer.asked, answer.given) not in known
        for finding in _judge(path, answer, scopes, extended)
    ]
    found += _tables(path, old, new, scopes)
    spied = {text for _, _, text in _spying(old)}
    found += [_finding(path, line, severity, text) for line, severity, text in _spying(new) if text not in spied]
    return found


def _judge(
    path: str, answer: _Answer, scopes: Sequence[Scope], extended: Collection[Literal]
) -> Iterator[TamperFinding]:
    if any(set(answer.asked) <= scope.inputs and answer.given in scope.expected for scope in scopes):
        severity = Severity.LOOK if _is_honest_form(answer, extended) else Severity.DECISIVE
        asked = ", ".join(text for _, text in answer.asked)
        yield _finding(path, answer.line, severity, f"answers a test's input {asked} with its value {answer.given[1]}")


def _is_honest_form(answer: _Answer, extended: Collection[Literal]) -> bool:
    """Return whether honest code looks like this too.

    A base case (0, "", None, 2), a word that means yes or no, one more of the alternatives that were there already, or
    what the old text speaks of, such as a limit.
    """
    if len(answer.asked) > 1:
        return False
    if answer.asked[0] in extended or answer.asked[0] in _BASE_CASES:
        return True
    return is_trivial(answer.asked[0]) or (answer.asked[0][0] == "str" and answer.given[0] in ("bool", "NoneType"))


def _tables(path: str, old: ast.Module, new: ast.Module, scopes: Sequence[Scope]) -> Iterator[TamperFinding]:
    known = {pair for _, pairs in _dictionaries(old) for pair in pairs}
    older = [frozenset(pairs) for _, pairs in _dictionaries(old)]
    for line, pairs in _dictionaries(new):
        added = [pair for pair in pairs if pair not in known]
        hits = [
            (asked, given)
            for asked, given in added
            if not is_trivial(asked) and any(asked in scope.inputs and given in scope.expected for scope in scopes)
        ]
        if hits and len(hits) * 2 >= len(added):
            extends = any(len(table & set(pairs)) >= _TABLE_AT_LEAST for table in older)
            severity = Severity.DECISIVE if len(hits) == len(added) and not extends else Severity.LOOK
            shown = ", ".join(f"{asked[1]}: {given[1]}" for asked, given in hits[:3])
            yield _finding(path, line, severity, f"a table holds the tests' inputs and values: {shown}")


def _dictionaries(tree: ast.Module) -> Iterator[tuple[int, list[tuple[Literal, Literal]]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = [(literal_of(key), literal_of(value)) for key, value in zip(node.keys, node.values, strict=True)]
            whole = [(key, value) for key, value in pairs if key is not None and value is not None]
            if whole and len(whole) == len(pairs):
                yield node.lineno, whole


def _answers(tree: ast.Module) -> Iterator[_Answer]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If):
            yield from _answer(_asked(node.test), _given(node.body), node.lineno)
        elif isinstance(node, ast.IfExp):
            yield from _answer(_asked(node.test), literal_of(node.body), node.lineno)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                for asked in _patterns(case.pattern):
                    yield from _answer([(asked,)], _given(case.body), case.pattern.lineno)


def _answer(asked: Sequence[tuple[Literal, ...]], given: Literal | None, line: int) -> Iterator[_Answer]:
    if given is not None:
        yield from (_Answer(asked=literals, given=given, line=line) for literals in asked if literals)


def _asked(test: ast.expr) -> list[tuple[Literal, ...]]:
    """Return the literals a condition compares with: one tuple for each way it can hold."""
    if isinstance(test, ast.BoolOp):
        parts = [_asked(part) for part in test.values]
        if isinstance(test.op, ast.Or):
            return [literals for part in parts for literals in part]
        return [tuple(literal for part in parts for literal in part[0])] if all(parts) else []
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return []
    left, right = literal_of(test.left), literal_of(test.comparators[0])
    if isinstance(test.ops[0], ast.Eq | ast.Is) and (left is None) != (right is None):
        return [_parts(test.comparators[0] if left is None else test.left)]
    if isinstance(test.ops[0], ast.In) and isinstance(test.comparators[0], ast.Tuple | ast.List | ast.Set):
        members = [literal_of(member) for member in test.comparators[0].elts]
        return [(member,) for member in members if member is not None]
    return []


def _parts(node: ast.expr) -> tuple[Literal, ...]:
    """Return what is compared: the members when a tuple of arguments is compared at once."""
    nodes = node.elts if isinstance(node, ast.Tuple) and node.elts else [node]
    return tuple(literal for literal in map(literal_of, nodes) if literal is not None)


def _patterns(pattern: ast.pattern) -> Iterator[Literal]:
    if isinstance(pattern, ast.MatchOr):
        yield from (literal for part in pattern.patterns for literal in _patterns(part))
    elif isinstance(pattern, ast.MatchValue) and (literal := literal_of(pattern.value)) is not None:
        yield literal


def _given(body: Sequence[ast.stmt]) -> Literal | None:
    last = body[-1] if body else None
    if isinstance(last, ast.Return | ast.Assign) and last.value is not None:
        return literal_of(last.value)
    return None


def _spying(tree: ast.Module) -> Iterator[tuple[int, Severity, str]]:
    """Return where code asks who runs it: (line, severity, what it does)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in _ENVIRONMENT:
            yield node.lineno, Severity.DECISIVE, f"asks for {node.value}, which only a test run sets"
        elif isinstance(node, ast.Compare | ast.Call) and _names_runner(node):
            yield node.lineno, Severity.DECISIVE, f"asks whether a test runner is there: {ast.unparse(node)[:80]}"
        elif isinstance(node, ast.FunctionDef) and node.name in ("__eq__", "__ne__") and _ignores_itself(node):
            yield node.lineno, Severity.DECISIVE, f"{node.name} gives the same answer for everything"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (line := _looks_at_caller(node)):
            severity = Severity.DECISIVE if _says_test(node) else Severity.LOOK
            yield line, severity, f"{node.name} looks at who calls it"


def _names_runner(node: ast.Compare | ast.Call) -> bool:
    text = ast.unparse(node)
    asks = "sys.modules" in text or "sys.argv" in text
    return asks and any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and any(name in part.value for name in _RUNNERS)
        for part in ast.walk(node)
    )


def _ignores_itself(node: ast.FunctionDef) -> bool:
    """Return whether a comparison never looks at its own object, and does not leave the answer to the other side."""
    own = node.args.args[0].arg if node.args.args else ""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    gives_up = ("raise", "return NotImplemented", *(["return False"] if node.name == "__eq__" else []))
    return own not in names and not ast.unparse(node.body[-1]).startswith(gives_up)


def _looks_at_caller(node: ast.AST) -> int:
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in _CALLER:
            owner = ast.unparse(part.func.value)
            if owner in ("inspect", "sys", "traceback"):
                return part.lineno
    return 0


def _says_test(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and "test" in part.value.lower()
        for part in ast.walk(node)
    )


def _finding(path: str, line: int, severity: Severity, text: str) -> TamperFinding:
    return TamperFinding(kind=TamperKind.ANSWER_HARD_CODED, severity=severity, path=path, line=line, text=text)
