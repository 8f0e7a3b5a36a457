"""Changes of one place at a time."""

import ast
import bisect
import inspect
import textwrap
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eaa.adapters.toolchains.python.mutants import mutants_of

EVERYWHERE = frozenset(range(1, 10_000))


def changed_lines(source: str) -> list[str]:
    """Return the text of every variant of a one-line file."""
    return [mutant.content.decode() for mutant in mutants_of("a.py", source.encode(), EVERYWHERE)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = (a) != (b)", ["x = (a) == (b)"]),
        ("x = a not  in b", ["x = a in b"]),
        ("x = a is b", ["x = a is not b"]),
        ("x = a < b >= c", ["x = a <= b >= c", "x = a < b > c"]),
        ("x = a + b * c", ["x = a - b * c", "x = a + b / c"]),
        ("x = a and b and c", ["x = a or b and c", "x = a and b or c"]),
        ("x = not a", ["x = a"]),
        ("x = -a", ["x = a"]),
        ("x = 4", ["x = 5"]),
        ("x = 'text'", ['x = ""']),
        ("x = ''", ['x = "x"']),
        ("x = True", ["x = False"]),
        ("x = f(a, b, c=d)", ["x = f(b, a, c=d)"]),
        ("x = a[b:c]", ["x = a[None:c]", "x = a[b:None]"]),
        ("x = a if b else c", ["x = a if (not (b)) else c"]),
        ("f(a)", ["pass"]),
        ("await_ += a", ["pass", "await_ -= a"]),
        ("raise Error('no')", ["pass"]),
        ("def f(): return a", ["def f(): return None"]),
        ("while a: break", ["while (not (a)): break", "while a: continue"]),
        ("x = 'ä' < b", ['x = "" < b', "x = 'ä' <= b"]),
    ],
)
def test_each_operator_changes_one_place(source: str, expected: list[str]) -> None:
    assert sorted(changed_lines(source)) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    [
        '"""Documentation."""',
        "def f():\n    'Documentation.'",
        "x: Literal[1, 2]",
        "def f(a: Literal['b']) -> Literal[3]: pass",
        "@decorated(1, 2)\ndef f(): pass",
        "__all__ = ['a']",
        "print(1)",
        "self.logger.info('text', 1)",
        "if TYPE_CHECKING:\n    x = 1",
        "if __name__ == '__main__':\n    main(1)",
        "assert a == 1",
        "raise NotImplementedError('later')",
        "x = f'{a + 1}'",
        "x = isinstance(a, b)",
        "def f(): return None",
        "T = TypeVar('T')",
        "x = 1 +",
        "",
    ],
)
def test_what_says_nothing_about_behaviour_is_left_alone(source: str) -> None:
    assert changed_lines(source) == []


def test_false_does_not_become_none() -> None:
    assert changed_lines("def f(): return False") == ["def f(): return True"]


def test_only_the_lines_asked_for_change() -> None:
    source = "# ä\nx = (a\n     < b)\ny = a < b\n".encode()

    found = mutants_of("pkg/a.py", source, frozenset({3}))

    assert [(mutant.path, mutant.line, mutant.description) for mutant in found] == [
        ("pkg/a.py", 3, "< b): < became <=")
    ]
    assert found[0].content == "# ä\nx = (a\n     <= b)\ny = a < b\n".encode()


@pytest.mark.parametrize("source", [b"\xef\xbb\xbfx = a < b\r\ny = 1\r\n", b"x = a \\\r\n  < b\r\n"])
def test_marks_and_line_ends_stay(source: bytes) -> None:
    assert source.replace(b"<", b"<=") in [mutant.content for mutant in mutants_of("a.py", source, EVERYWHERE)]


def test_other_encodings_have_no_mutants() -> None:
    assert mutants_of("a.py", "# coding: latin-1\nx = 'ä' < b\n".encode("latin-1"), EVERYWHERE) == ()
    assert mutants_of("a.py", "# coding: latin-1\nx = 'ä' < b\n".encode(), EVERYWHERE) == ()


def test_what_is_nested_too_deeply_has_no_mutants() -> None:
    assert mutants_of("a.py", b"x = " + b" + ".join([b"a"] * 2000), EVERYWHERE) == ()


@pytest.mark.parametrize("module", [bisect, textwrap])
def test_mutants_of_real_files_parse_and_differ(module: ModuleType) -> None:
    source = inspect.getsource(module).encode()
    found = mutants_of("a.py", source, EVERYWHERE)
    trees = {ast.dump(ast.parse(mutant.content)) for mutant in found}

    assert len(found) > 20
    assert ast.dump(ast.parse(source)) not in trees
    assert len(trees) == len(found)
    assert [mutant.line for mutant in found] == sorted(mutant.line for mutant in found)
    assert found == mutants_of("a.py", source, EVERYWHERE)


NAMES = st.sampled_from(["a", "b", "ü", "1", "'ä'", "True", "f(a, b)", "-a", "a[b:]"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["<", "not in", "+", "and", "or", "is"]), inner).map(" ".join),
        inner.map("not ({})".format),
        inner.map("({} # ü < and\n)".format),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_every_mutant_of_an_expression_parses_and_differs(expression: str) -> None:
    source = f"if {expression}:\n    x = {expression}\n"
    for mutant in mutants_of("a.py", source.encode(), EVERYWHERE):
        assert ast.dump(ast.parse(mutant.content)) != ast.dump(ast.parse(source))
