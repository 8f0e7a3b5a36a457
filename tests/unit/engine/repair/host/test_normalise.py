"""Canonical, cheap forms."""

import ast

import pytest

from eaa.engine.repair.host.normalise import canonical, plainness, tidy
from eaa.engine.repair.host.tree import expression


@pytest.mark.parametrize(
    ("clumsy", "plain"),
    [
        ("not a == b", "a != b"),
        ("not a < b", "a >= b"),
        ("not True", "False"),
        ("x + -1", "x - 1"),
        ("x - -2", "x + 2"),
        ("x + 1 - 1", "x"),
        ("x + 1 + 2", "x + 3"),
        ("1 - 3", "-2"),
        ("x * 1", "x"),
        ("--x", "x"),
        ("list(list(x))", "list(x)"),
        ("sorted(list(x))", "sorted(x)"),
        ("f(not a in b)", "f(a not in b)"),
        ("a + b", "a + b"),
    ],
)
def test_detours_are_taken_out(clumsy: str, plain: str) -> None:
    assert ast.unparse(tidy(expression(clumsy))) == plain


def test_mirrored_comparisons_are_one_form() -> None:
    assert ast.dump(canonical(expression("a > b"))) == ast.dump(canonical(expression("b < a")))


@pytest.mark.parametrize(
    ("ugly", "plain"),
    [
        ("n / 1", "n + a"),
        ("len(a[1:]) == 0", "len(a) <= 1"),
        ("int(n + 0.5)", "round(n)"),
        ("a[1:][0]", "a[1]"),
        ("[x][0]", "x"),
    ],
)
def test_short_and_direct_code_is_preferred(ugly: str, plain: str) -> None:
    old = expression("a")

    assert plainness(expression(ugly), old) < plainness(expression(plain), old)
