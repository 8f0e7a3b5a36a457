"""The stream of candidates: best first, lazy, without repetitions, without leaving a trace in the tree."""

import ast
from itertools import islice
from pathlib import Path

from eaa.engine.repair.host.candidates import Queue
from eaa.engine.repair.host.facts import Facts, Library
from eaa.engine.repair.host.localise import Suspicion
from eaa.engine.repair.host.source import Candidate, SourceFile

TEXT = """\
LIMIT = 10


def clamp(value, low, high=LIMIT):
    if value < low:
        return low
    total = 0
    for part in range(value):
        total += part
    return min(value, high)
"""


def stream(tmp_path: Path, lines: set[int], text: str = TEXT) -> tuple[SourceFile, Queue]:
    file = SourceFile(str(tmp_path / "clamp.py"), text, str(tmp_path))
    covered = {(file.path, line) for line in lines}
    queue = Queue(Suspicion([covered], []))
    unit = next(unit for unit in file.units if unit.is_function)
    facts = Facts(unit, Library(file), {"value": {"int"}, "low": {"int"}, "high": {"int"}, "total": {"int"}})
    for node in ast.walk(unit.node):
        if isinstance(node, (ast.expr, ast.stmt)):
            queue.add_node(node, facts)
    return file, queue


def texts(file: SourceFile, candidates: list[Candidate]) -> list[str]:
    found = []
    for candidate in candidates:
        with file.applied(candidate.edits):
            found.append(ast.unparse(file.tree))
    return found


def test_no_two_candidates_read_the_same(tmp_path: Path) -> None:
    file, queue = stream(tmp_path, {5, 6, 7})

    found = texts(file, list(islice(queue, 1500)))

    assert len(found) == 1500
    assert len(set(found)) == len(found)
    assert ast.unparse(ast.parse(TEXT)) not in found


def test_a_division_becomes_an_operation_on_bits_only_when_nothing_likelier_is_left(tmp_path: Path) -> None:
    file, queue = stream(tmp_path, {2}, "def mean(value):\n    return sum(value) / len(value)\n")

    found = [text.splitlines()[1].strip() for text in texts(file, list(islice(queue, 1500)))]

    assert found.index("return sum(value) / max(len(value), 1)") < found.index("return sum(value) & len(value)")


def test_suspicious_lines_come_first(tmp_path: Path) -> None:
    _, queue = stream(tmp_path, {9})

    assert {candidate.line for candidate in islice(queue, 5)} == {9}


def test_the_tree_is_untouched_by_generation(tmp_path: Path) -> None:
    file, queue = stream(tmp_path, {5})

    list(islice(queue, 500))

    assert ast.dump(file.tree) == ast.dump(ast.parse(TEXT))


def test_simple_repairs_are_early(tmp_path: Path) -> None:
    file, queue = stream(tmp_path, {5})

    found = texts(file, list(islice(queue, 60)))

    assert any("if value <= low" in text for text in found)
    assert any("if value > low" in text for text in found)
