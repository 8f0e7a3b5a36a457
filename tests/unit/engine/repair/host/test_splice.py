"""Patch texts that keep comments and layout."""

import ast
from pathlib import Path

import pytest

from eaa.engine.repair.host.source import Candidate, Edit, SourceFile
from eaa.engine.repair.host.splice import quoted_alike, render
from eaa.engine.repair.host.tree import expression, statement

TEXT = """\
# top


def f(a,   b):  # odd spacing stays
    \"\"\"Say é.\"\"\"
    c = (a +   # why
         b)
    if c:  # comment
        return c
    return  a
"""


@pytest.fixture
def file(tmp_path: Path) -> SourceFile:
    (tmp_path / "f.py").write_text(TEXT)
    return SourceFile(str(tmp_path / "f.py"), TEXT, str(tmp_path))


def candidate(file: SourceFile, *edits: Edit) -> Candidate:
    return Candidate("test", 1.0, edits[0].node, edits, file.units[0])


def body(file: SourceFile) -> list[ast.stmt]:
    node = file.units[0].node
    assert isinstance(node, ast.FunctionDef)
    return node.body


def test_only_the_changed_expression_is_replaced(file: SourceFile) -> None:
    last = body(file)[-1]
    assert isinstance(last, ast.Return)
    assert last.value is not None

    text, diff = render(candidate(file, Edit("replace", last.value, (expression("b"),))))

    assert text == TEXT.replace("return  a", "return  b")
    assert diff.startswith("--- a/f.py\n+++ b/f.py\n")


def test_parentheses_are_added_where_the_tree_needs_them(file: SourceFile) -> None:
    assign = body(file)[1]
    assert isinstance(assign, ast.Assign)
    assert isinstance(assign.value, ast.BinOp)

    text, _ = render(candidate(file, Edit("replace", assign.value.left, (expression("a if b else 1"),))))

    assert "c = ((a if b else 1) +   # why\n         b)" in text


def test_a_statement_is_inserted_with_the_indentation_of_its_neighbour(file: SourceFile) -> None:
    text, _ = render(candidate(file, Edit("before", body(file)[-1], (statement("if not b:\n    return a"),))))

    assert text == TEXT.replace("    return  a", "    if not b:\n        return a\n    return  a")


def test_deleting_the_only_statement_of_a_block_leaves_pass(file: SourceFile) -> None:
    branch = body(file)[2]
    assert isinstance(branch, ast.If)

    text, _ = render(candidate(file, Edit("delete", branch.body[0])))

    assert text == TEXT.replace("        return c\n", "        pass\n")


def test_the_tree_is_put_back_after_rendering(file: SourceFile) -> None:
    before = ast.dump(file.tree)

    render(candidate(file, Edit("delete", body(file)[1]), Edit("after", body(file)[2], (statement("a += 1"),))))

    assert ast.dump(file.tree) == before


@pytest.mark.parametrize(
    ("source", "text", "wanted"),
    [
        ("f('a', 'b')", 'x = "y"', 'f("a", "b")'),
        ("f('a')", "x = 'y'", "f('a')"),
        ("f('it is \\'')", 'x = "y"', "f('it is \\'')"),
        ("f('a\"b')", 'x = "y"', "f('a\"b')"),
    ],
)
def test_new_strings_are_quoted_like_the_others(source: str, text: str, wanted: str) -> None:
    assert quoted_alike(source, text) == wanted


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    text = "def f(a):\r\n    return a\r\n"
    file = SourceFile(str(tmp_path / "w.py"), text, str(tmp_path))

    changed, _ = render(candidate(file, Edit("before", body(file)[0], (statement("a += 1"),))))

    assert changed == "def f(a):\r\n    a += 1\r\n    return a\r\n"
