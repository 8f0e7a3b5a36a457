"""What one test asserts, and how much each assertion promises."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Strength(IntEnum):
    """How much an assertion promises, least first."""

    NOTHING = 0
    """True whatever the code does: `assert True`, `x == x`."""
    SOMETHING = 1
    """`x is not None`, `x != y`, `assert x`."""
    KIND = 2
    """`x in y`, `isinstance`, `<`, a true or false answer."""
    NEAR = 3
    """Equal within a tolerance."""
    EXACT = 4
    """Equal, identical, or this exception."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One claim of a test."""

    line: int
    text: str
    """The whole claim, for finding the same one again."""
    subject: str
    """What is looked at."""
    expected: str
    strength: Strength
    tolerance: float = 0.0


_METHODS = {
    "assertEqual": Strength.EXACT,
    "assertEquals": Strength.EXACT,
    "assertIs": Strength.EXACT,
    "assertIsNone": Strength.EXACT,
    "assertDictEqual": Strength.EXACT,
    "assertListEqual": Strength.EXACT,
    "assertTupleEqual": Strength.EXACT,
    "assertSetEqual": Strength.EXACT,
    "assertSequenceEqual": Strength.EXACT,
    "assertMultiLineEqual": Strength.EXACT,
    "assertCountEqual": Strength.NEAR,
    "assertAlmostEqual": Strength.NEAR,
    "assertIsNotNone": Strength.SOMETHING,
    "assertNotEqual": Strength.SOMETHING,
    "assertIsNot": Strength.SOMETHING,
    "assert_called_once_with": Strength.EXACT,
    "assert_not_called": Strength.EXACT,
    "assert_called_with": Strength.NEAR,
    "assert_called": Strength.SOMETHING,
}
_RAISES = ("raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "assertWarnsRegex")


def assertions_of(function: Function) -> list[Assertion]:
    """Return the claims of a test, in order; `a and b` is two."""
    return sorted(_claims(function), key=lambda claim: claim.line)


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, or of what is called: `pytest.mark.skip(...)` is `skip`."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _claims(function: Function) -> Iterator[Assertion]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            yield from _tested(node.test, node.lineno)
        elif isinstance(node, ast.Call):
            name = last_name(node)
            if name in _RAISES:
                yield _raised(node)
            elif name in ("assertTrue", "assertFalse") and node.args:
                yield from _tested(node.args[0], node.lineno)
            elif name.startswith("assert") and (name[6:7].isupper() or name[6:7] == "_"):
                yield _method(node, name)


def _tested(test: ast.expr, line: int) -> Iterator[Assertion]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _tested(part, line)
        return
    strength, subject, expected, tolerance = _read(test)
    yield Assertion(line, ast.unparse(test), subject, expected, strength, tolerance)


def _read(test: ast.expr) -> tuple[Strength, str, str, float]:
    """Return (strength, subject, expected, tolerance) of a condition."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0])
    if isinstance(test, ast.Constant) or (isinstance(test, ast.Tuple) and test.elts):
        return Strength.NOTHING, ast.unparse(test), "", 0.0
    if isinstance(test, ast.BoolOp):
        parts = [_read(part) for part in test.values]
        strength = min(part[0] for part in parts)
        return min(strength, Strength.KIND), parts[0][1], ast.unparse(test), 0.0
    if isinstance(test, ast.Call) and last_name(test) in ("isclose", "allclose") and len(test.args) > 1:
        return Strength.NEAR, ast.unparse(test.args[0]), ast.unparse(test.args[1]), _tolerance(test)
    if isinstance(test, ast.Call) and last_name(test) == "isinstance" and test.args:
        return Strength.KIND, ast.unparse(test.args[0]), ast.unparse(test), 0.0
    inner = test.operand if isinstance(test, ast.UnaryOp) else test
    strength = Strength.KIND if isinstance(inner, ast.Call) else Strength.SOMETHING
    return strength, ast.unparse(inner), str(inner is test), 0.0


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> tuple[Strength, str, str, float]:
    subject, expected = (right, left) if isinstance(left, ast.Constant) else (left, right)
    texts = ast.unparse(subject), ast.unparse(expected)
    if ast.dump(left) == ast.dump(right) and isinstance(operator, ast.Eq | ast.Is | ast.LtE | ast.GtE):
        return Strength.NOTHING, *texts, 0.0
    if isinstance(operator, ast.Eq | ast.Is):
        if isinstance(expected, ast.Constant) and isinstance(expected.value, bool):
            return Strength.KIND, *texts, 0.0
        if last_name(expected) == "ANY":
            return Strength.SOMETHING, *texts, 0.0
        approx = next((side for side in (left, right) if last_name(side) == "approx"), None)
        if isinstance(approx, ast.Call) and approx.args:
            other = right if approx is left else left
            return Strength.NEAR, ast.unparse(other), ast.unparse(approx.args[0]), _tolerance(approx)
        return Strength.EXACT, *texts, 0.0
    if isinstance(operator, ast.Lt | ast.LtE) and last_name(left) == "abs":
        return Strength.NEAR, ast.unparse(left), "", _number(right) or 0.0
    if isinstance(operator, ast.NotEq | ast.IsNot):
        return Strength.SOMETHING, *texts, 0.0
    return Strength.KIND, *texts, 0.0


def _method(node: ast.Call, name: str) -> Assertion:
    arguments = [ast.unparse(argument) for argument in node.args]
    subject, expected = [*arguments, "", ""][:2]
    if node.args and isinstance(node.args[0], ast.Constant) and len(node.args) > 1:
        subject, expected = expected, subject
    strength = _METHODS.get(name, Strength.KIND)
    if subject == expected != "":
        strength = Strength.NOTHING
    return Assertion(node.lineno, ast.unparse(node), subject, expected, strength, _tolerance(node))


def _raised(node: ast.Call) -> Assertion:
    expected = ast.unparse(node.args[0]) if node.args else ""
    broad = {"Exception", "BaseException"} & set(expected.strip("()").split(", "))
    matched = any(keyword.arg == "match" for keyword in node.keywords) or last_name(node).endswith("Regex")
    strength = Strength.KIND if broad else Strength.EXACT if matched else Strength.NEAR
    return Assertion(node.lineno, ast.unparse(node), "raises", expected, strength)


def _tolerance(node: ast.Call) -> float:
    """Return the largest tolerance an approximate comparison is given, in one unit; 0 when it has the usual one."""
    found = [0.0]
    for keyword in node.keywords:
        number = _number(keyword.value)
        if number is not None and keyword.arg in ("rel", "abs", "delta", "rel_tol", "abs_tol", "rtol", "atol"):
            found.append(number)
        elif number is not None and keyword.arg == "places":
            found.append(10.0**-number)
    if last_name(node) == "approx":
        found += [number for argument in node.args[1:] if (number := _number(argument)) is not None]
    elif (
        last_name(node) == "assertAlmostEqual" and len(node.args) > 2 and (places := _number(node.args[2])) is not None
    ):
        found.append(10.0**-places)
    return max(found) or _usual(node)


def _usual(node: ast.Call) -> float:
    return {"approx": 1e-6, "assertAlmostEqual": 1e-7, "isclose": 1e-9, "allclose": 1e-5}.get(last_name(node), 0.0)


def _number(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return float(value) if isinstance(value, int | float) else None
