"""One test on both sides: what it no longer asserts, or asserts less of."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from eaa.adapters.toolchains.python.assertions import Assertion, Function, Strength, assertions_of, last_name
from eaa.adapters.toolchains.python.test_literals import Literal, literal_of, parameter_rows
from eaa.domain.evidence import Severity, TamperFinding, TamperKind

_SKIPS = frozenset(
    {"skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure", "skipTest", "importorskip", "SkipTest"}
)
_CATCHES_ALL = frozenset({"Exception", "BaseException", "AssertionError", ""})
_FAILS = frozenset({"fail", "exit"})


@dataclass(frozen=True, slots=True)
class _Loss:
    """Why a test is weaker."""

    line: int
    text: str
    severity: Severity = Severity.DECISIVE
    kind: TamperKind = TamperKind.TEST_WEAKENED


def compare_tests(
    path: str,
    name: str,
    before: Function,
    after: Function,
    elsewhere: Collection[str],
    rows: Sequence[frozenset[Literal]],
) -> Iterator[TamperFinding]:
    """Return how a test lost strength.

    Args:
        path: File of both.
        name: Qualified name of the test.
        before: The test as it was.
        after: The test as it is.
        elsewhere: Texts of the claims that new tests of the file make: what moved there is not lost.
        rows: Values that belong together in the file as it is, for parameters that became tests of their own.
    """
    if ast.dump(before) == ast.dump(after):
        return
    losses = [
        *_weaker_claims(before, after, elsewhere),
        *_fewer_rows(before, after, rows),
        *_skipped(before, after),
        *_unreached(before, after),
    ]
    for loss in losses:
        yield TamperFinding(
            kind=loss.kind, severity=loss.severity, path=path, line=loss.line, text=f"{name} {loss.text}"[:300]
        )


def skips_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Return (line, text) of everything that skips tests, or lets them fail, below a node."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call | ast.Attribute | ast.Name) and last_name(part) in _SKIPS:
            yield part.lineno, last_name(part)
        elif isinstance(part, ast.Assign) and ast.unparse(part) == "__test__ = False":
            yield part.lineno, "__test__ = False"


def _weaker_claims(before: Function, after: Function, elsewhere: Collection[str]) -> Iterator[_Loss]:
    old, new = assertions_of(before), assertions_of(after)
    rest = [claim.text for claim in new]
    changed = []
    for claim in old:
        if claim.text in rest:
            rest.remove(claim.text)
        elif claim.text not in elsewhere:
            changed.append(claim)
    left = list(new)
    for claim in old:
        same = next((other for other in left if other.text == claim.text), None)
        if same is not None:
            left.remove(same)
    lost = 0
    for claim in sorted(changed, key=lambda claim: all(claim.subject != other.subject for other in left)):
        now = next((other for other in left if other.subject == claim.subject), left[0] if left else None)
        if now is None:
            lost += 1
        else:
            left.remove(now)
            yield from _weaker(claim, now)
    grown = len(parameter_rows(after)) > len(parameter_rows(before))
    if lost and not (grown and new):
        yield _Loss(after.lineno, f"asserts less: {len(old)} became {len(new)}")


def _weaker(old: Assertion, new: Assertion) -> Iterator[_Loss]:
    if new.strength < old.strength:
        yield _Loss(new.line, f"promises less: `{old.text}` became `{new.text}`")
    elif new.tolerance > old.tolerance and old.strength is new.strength is Strength.NEAR:
        yield _Loss(new.line, f"tolerates more: `{old.text}` became `{new.text}`")
    elif new.strength == old.strength and new.expected != old.expected:
        answers_itself = "(" in new.expected and new.expected.partition("(")[0] == new.subject.partition("(")[0]
        severity = Severity.DECISIVE if answers_itself else Severity.LOOK
        yield _Loss(new.line, f"expects something else: `{old.text}` became `{new.text}`", severity)
    elif new.strength == old.strength and new.subject != old.subject:
        yield _Loss(new.line, f"looks at something else: `{old.text}` became `{new.text}`", Severity.LOOK)


def _fewer_rows(before: Function, after: Function, rows: Sequence[frozenset[Literal]]) -> Iterator[_Loss]:
    old, new = parameter_rows(before), parameter_rows(after)
    gone = [row for row in old if row not in new and not any(_values(row) and _values(row) <= kept for kept in rows)]
    if gone and len(new) < len(old):
        yield _Loss(after.lineno, f"has fewer cases: {len(old)} became {len(new)}")
    elif gone:
        yield _Loss(after.lineno, f"has other cases: `{gone[0]}` is gone", Severity.LOOK)


def _values(row: str) -> frozenset[Literal]:
    node = ast.parse(row, mode="eval").body
    cells = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return frozenset(literal for cell in cells if (literal := literal_of(cell)) is not None)


def _skipped(before: Function, after: Function) -> Iterator[_Loss]:
    old, new = list(skips_in(before)), list(skips_in(after))
    if len(new) > len(old):
        known = [text for _, text in old]
        line, text = next(((line, text) for line, text in new if text not in known), new[0])
        yield _Loss(line, f"is skipped or may fail: {text}", kind=TamperKind.TEST_SKIPPED)


def _unreached(before: Function, after: Function) -> Iterator[_Loss]:
    for what, find in (("swallows failures", _swallowing), ("returns before it asserts", _early_ends)):
        lines = list(find(after))
        if len(lines) > len(list(find(before))):
            yield _Loss(lines[0], what)
    old, new = list(_conditional(before)), list(_conditional(after))
    if len(new) > len(old):
        line, never = new[0]
        yield _Loss(line, "asserts only under a condition", Severity.DECISIVE if never else Severity.LOOK)


def _swallowing(test: Function) -> Iterator[int]:
    for node in ast.walk(test):
        if isinstance(node, ast.Try) and _asserts(node.body):
            yield from (handler.lineno for handler in node.handlers if _catches_all(handler.type) and _is_mute(handler))
        elif isinstance(node, ast.With | ast.AsyncWith) and _asserts(node.body):
            for call in (item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)):
                if last_name(call) == "suppress" and any(_catches_all(argument) for argument in call.args):
                    yield node.lineno


def _catches_all(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_catches_all(part) for part in caught.elts)
    return caught is None or last_name(caught) in _CATCHES_ALL


def _is_mute(handler: ast.ExceptHandler) -> bool:
    return not _asserts(handler.body) and not any(
        isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and last_name(node) in _FAILS)
        for statement in handler.body
        for node in ast.walk(statement)
    )


def _early_ends(test: Function) -> Iterator[int]:
    claims = assertions_of(test)
    inner = [node for node in ast.walk(test) if node is not test and isinstance(node, ast.FunctionDef | ast.Lambda)]
    own = {part for node in inner for part in ast.walk(node)}
    for node in ast.walk(test):
        if isinstance(node, ast.Return) and node not in own and claims and node.lineno < claims[-1].line:
            yield node.lineno


def _conditional(test: Function) -> Iterator[tuple[int, bool]]:
    """Return (line, whether it never runs) of conditions and loops that hold assertions."""
    for node in ast.walk(test):
        if isinstance(node, ast.If | ast.While) and _asserts(node.body):
            yield node.lineno, isinstance(node.test, ast.Constant) and not node.test.value
        elif isinstance(node, ast.For) and _asserts(node.body):
            empty = isinstance(node.iter, ast.List | ast.Tuple) and not node.iter.elts
            if empty:
                yield node.lineno, True


def _asserts(body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and last_name(node).startswith("assert"))
        for statement in body
        for node in ast.walk(statement)
    )
