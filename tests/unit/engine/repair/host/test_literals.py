"""What literals lack, names that are mixed up, guards that a neighbour has: each idea comes, and comes early."""

import ast
from itertools import islice
from pathlib import Path

import pytest

from eaa.engine.repair.host.candidates import Queue
from eaa.engine.repair.host.facts import Facts, Library
from eaa.engine.repair.host.localise import Suspicion
from eaa.engine.repair.host.source import SourceFile

NEIGHBOUR = """\
def neighbour(parts):
    if len(parts) == 1:
        parts = parts[0]
    return sum(parts)


"""


def repairs(tmp_path: Path, text: str, *, most: int = 250) -> list[str]:
    """Return what the first candidates for the last function of a text make of it."""
    file = SourceFile(str(tmp_path / "it.py"), text, str(tmp_path))
    unit = [unit for unit in file.units if unit.is_function][-1]
    lines = {(file.path, line) for line in range(unit.first_line, unit.last_line + 1)}
    queue = Queue(Suspicion([lines], []))
    facts = Facts(unit, Library(file), {})
    for node in ast.walk(unit.node):
        if isinstance(node, (ast.expr, ast.stmt)):
            queue.add_node(node, facts)
    found = []
    for candidate in islice(queue, most):
        with file.applied(candidate.edits):
            found.append(ast.unparse(unit.node))
    return found


@pytest.mark.parametrize(
    ("was", "wanted"),
    [
        ("number in (11, 12)", "number in (11, 12, 13)"),
        ("number in (11, 13)", "number in (11, 12, 13)"),
        ("number in {2, 4, 6}", "number in {2, 4, 6, 8}"),
        ("number in (12, 13)", "number in (11, 12, 13)"),
        ("number in ('True',)", "number in ('True', 'False')"),
        ("number in ('a', 'e', 'i', 'o')", "number in ('a', 'e', 'i', 'o', 'u')"),
        ("number in 'X'", "number in 'xX'"),
        ("number in 'aeio'", "number in 'aeiou'"),
        ("number.strip('.,')", "number.strip('.,;')"),
        ("'0123456789abcdeghij'[number]", "'0123456789abcdefghij'[number]"),
        ("'012345678'[number]", "'0123456789'[number]"),
        ("number * 1000", "number * 1024"),
        ("number / 60.0", "number / 3600.0"),
        ("'%.2f' % number", "'%.1f' % number"),
        ("'{:>8}'.format(number)", "'{:>9}'.format(number)"),
        ("number.strftime('%Y-%d-%m')", "number.strftime('%Y-%m-%d')"),
        ("'023456789'[number]", "'0123456789'[number]"),
    ],
)
def test_what_a_literal_lacks_is_put_in(tmp_path: Path, was: str, wanted: str) -> None:
    found = repairs(tmp_path, f"def ask(number):\n    return {was}\n")

    assert any(text.endswith(wanted) for text in found)


def test_a_string_that_is_no_set_of_characters_gets_none(tmp_path: Path) -> None:
    found = repairs(tmp_path, "def ask(number):\n    return number + 'X'\n")

    assert not any("xX" in text for text in found)


def test_a_word_is_no_alphabet(tmp_path: Path) -> None:
    found = repairs(tmp_path, "def ask(number):\n    return number + 'face'\n", most=1000)

    assert not any("fabce" in text for text in found)


def test_names_in_nested_calls_are_exchanged(tmp_path: Path) -> None:
    found = repairs(tmp_path, "def clamp(value, low, high):\n    return min(max(value, high), low)\n")

    assert any(text.endswith("min(max(value, low), high)") for text in found)


def test_a_guard_of_a_neighbour_is_taken_over(tmp_path: Path) -> None:
    found = repairs(tmp_path, NEIGHBOUR + "def longest(parts):\n    return max(parts)\n", most=600)

    assert any("if len(parts) == 1:\n        parts = parts[0]\n    return max(parts)" in text for text in found)


def test_a_guard_of_a_neighbour_with_names_of_its_own_is_left_alone(tmp_path: Path) -> None:
    found = repairs(tmp_path, NEIGHBOUR + "def longest(words):\n    return max(words)\n", most=600)

    assert not any("parts" in text for text in found)
