"""The bench on a folder of projects in different layouts."""

from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.fix import Confidence
from eaa.engine.repair.bench import BenchedProgram, bench_programs, is_test_path
from tests.support.repair_project import this_environment

pytestmark = pytest.mark.sandbox

SOURCE = "def larger(a, b):\n    return a if a < b else b\n"
TESTS = """\
import json
import pathlib

import pytest
from larger import larger

CASES = json.loads((pathlib.Path(__file__).parent / "cases.json").read_text())


@pytest.mark.parametrize("given, wanted", CASES)
def test_larger(given, wanted):
    assert larger(*given) == wanted
"""


async def test_every_layout_is_measured_and_a_broken_program_ends_nothing(tmp_path: Path) -> None:
    cases = "[[[1, 2], 2], [[5, 3], 5], [[4, 4], 4]]"
    for base in (tmp_path / "flat", tmp_path / "nested" / "tests"):
        base.mkdir(parents=True)
        (base / "test_larger.py").write_text(TESTS)
        (base / "cases.json").write_text(cases)
    (tmp_path / "flat" / "larger.py").write_text(SOURCE)
    (tmp_path / "nested" / "larger.py").write_text(SOURCE)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "bad.py").write_text("def broken(:\n")
    (tmp_path / "broken" / "test_bad.py").write_text("import bad\n\ndef test_bad():\n    assert bad\n")
    seen: list[BenchedProgram] = []

    report = await bench_programs(
        tmp_path, sandbox=BubblewrapSandbox(), environment=this_environment(), budget_s=10, progress=seen.append
    )

    by_name = {program.name: program for program in report.programs}
    assert list(by_name) == ["broken", "flat", "nested"]
    assert tuple(seen) == report.programs
    assert not by_name["broken"].plausible
    assert by_name["broken"].confidence is None
    assert by_name["broken"].note
    for name in ("flat", "nested"):
        assert by_name[name].plausible
        assert by_name[name].confidence in (Confidence.HIGH, Confidence.DRAFT)
        assert "+    return a if a >" in by_name[name].diff
    assert (tmp_path / "flat" / "larger.py").read_text() == SOURCE


@pytest.mark.parametrize(
    ("path", "is_test"),
    [("test_a.py", True), ("a_test.py", True), ("tests/helper.py", True), ("conftest.py", True), ("a.py", False)],
)
def test_tests_are_told_from_sources_by_name(path: str, is_test: bool) -> None:
    assert is_test_path(path) is is_test
