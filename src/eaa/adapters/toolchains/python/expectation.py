"""What an example expects, as the lines of a test in the words of its framework."""

import ast
import re
from fractions import Fraction

from eaa.domain.criterion import Example

_LINE = 84
"""Longest assertion that stays on one line, inside a function."""
_LOOSE = (ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.GeneratorExp)
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*")


def body_of(example: Example, framework: str, unknown: frozenset[str]) -> list[str]:
    """Return the lines that check an example.

    Args:
        example: With an expression that parses.
        framework: `pytest` or `unittest`.
        unknown: Names that nothing defines: an expected value that uses one is text, not code.
    """
    value = _one_line(example.expression)
    pytest = framework == "pytest"
    if example.raises is not None:
        found = _EXCEPTION.match(example.raises.strip())
        name = found.group() if found else "Exception"
        return [f"with {'pytest.raises' if pytest else 'self.assertRaises'}({name}):", f"    {value}"]
    if example.expected is None and unknown & _names(ast.parse(value, mode="eval")):
        # A name that nothing defines must not look like a broken promise of the code.
        return [value]
    if example.expected is None:
        fail = "pytest.fail" if pytest else "self.fail"
        message = 'f"raised {error!r}"'
        return ["try:", f"    {value}", "except Exception as error:", f"    {fail}({message})"]
    expected = _expected(example.expected, unknown)
    if expected is None:
        text = repr(example.expected.strip())
        check = f"assert {text} in shown" if pytest else f"self.assertIn({text}, shown)"
        return [f"value = {value}", "shown = (repr(value), str(value))", check]
    return _compared(value, expected, pytest=pytest)


def _expected(text: str, unknown: frozenset[str]) -> ast.expr | None:
    try:
        node = ast.parse(text.strip(), mode="eval").body
        compile(text.strip(), "expected", "eval", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if _names(node) & unknown else node


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _compared(value: str, expected: ast.expr, *, pytest: bool) -> list[str]:
    text = _quoted(expected)
    left = f"({value})" if isinstance(ast.parse(value, mode="eval").body, _LOOSE) else value
    right = f"({text})" if isinstance(expected, _LOOSE) else text
    if isinstance(expected, ast.Constant) and (expected.value is None or isinstance(expected.value, bool)):
        return _split(left, "is", right) if pytest else [f"self.assertIs({value}, {text})"]
    if _is_inexact(expected):
        # The default of 1e-6 would let a cent pass in a sum of millions.
        near = f"pytest.approx({text}, rel=1e-9)"
        return _split(left, "==", near) if pytest else [f"self.assertAlmostEqual({value}, {text}, places=9)"]
    return _split(left, "==", right) if pytest else [f"self.assertEqual({value}, {text})"]


def _split(left: str, operator: str, right: str) -> list[str]:
    line = f"assert {left} {operator} {right}"
    if len(line) <= _LINE:
        return [line]
    return ["assert (", f"    {left}", f"    {operator} {right}", ")"]


def _one_line(expression: str) -> str:
    text = expression.strip()
    return ast.unparse(ast.parse(text, mode="eval")) if "\n" in text else text


def _quoted(node: ast.expr) -> str:
    """Return an expression as one line; a plain string in double quotes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = repr(node.value)
        return text if '"' in text or "\\" in text else f'"{text[1:-1]}"'
    return ast.unparse(node)


def _is_inexact(node: ast.expr) -> bool:
    """Return whether a number was written with decimals that its float does not have."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _is_inexact(node.operand)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, float):
        return False
    text = repr(node.value)
    return text[0].isdigit() and Fraction(text) != Fraction(node.value)
