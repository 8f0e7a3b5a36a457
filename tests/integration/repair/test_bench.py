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


PLAIN_TESTS = """\

def test_second():
    assert larger(1, 2) == 2

def test_first():
    assert larger(5, 3) == 5
"""
LAYOUTS = {
    "src": {"src/larger.py": SOURCE, "tests/test_it.py": "from larger import larger\n" + PLAIN_TESTS},
    "package": {
        "__init__.py": "",
        "larger.py": SOURCE,
        "test_it.py": "from .larger import larger\n" + PLAIN_TESTS,
    },
    "conftest": {
        "code/larger.py": SOURCE,
        "tests/conftest.py": "import pathlib, sys\n\nHERE = pathlib.Path(__file__).parent\n"
        "sys.path.insert(0, str(HERE.parent / 'code'))\n",
        "tests/test_it.py": "from larger import larger\n" + PLAIN_TESTS,
    },
    "unittest": {
        "larger.py": SOURCE,
        "tests.py": "import unittest\nfrom larger import larger\n\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertEqual(larger(1, 2), 2)\n\n"
        "    def test_b(self):\n        self.assertEqual(larger(4, 3), 4)\n",
    },
}
HOPELESS = {
    "green": ({"one.py": "ONE = 1\n", "test_one.py": "def test_one():\n    assert True\n"}, "no test fails"),
    "no tests": ({"one.py": "ONE = 1\n"}, "there are no tests"),
    "only tests": ({"test_one.py": "def test_one():\n    assert False\n"}, "there is no source file"),
    "bad test": ({"one.py": "ONE = 1\n", "test_one.py": "def (\n"}, "not collected: test_one.py"),
    "bad import": ({"one.py": "import nothing_like_it\n", "test_one.py": "import one\n"}, "nothing_like_it"),
}


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("name", LAYOUTS)
async def test_usual_layouts_are_searched(name: str, tmp_path: Path) -> None:
    write(tmp_path / "program", LAYOUTS[name])

    report = await bench_programs(tmp_path, sandbox=BubblewrapSandbox(), environment=this_environment(), budget_s=20)

    program = report.programs[0]
    assert program.plausible, program.note
    assert program.diff.startswith(
        f"--- a/{'src/' if name == 'src' else 'code/' if name == 'conftest' else ''}larger.py"
    )


@pytest.mark.parametrize("name", HOPELESS)
async def test_a_program_with_nothing_to_do_says_why(name: str, tmp_path: Path) -> None:
    files, why = HOPELESS[name]
    write(tmp_path / "program", files)

    report = await bench_programs(tmp_path, sandbox=BubblewrapSandbox(), environment=this_environment(), budget_s=20)

    assert not report.programs[0].plausible
    assert why in report.programs[0].note


@pytest.mark.parametrize(
    ("path", "is_test"),
    [("test_a.py", True), ("a_test.py", True), ("tests/helper.py", True), ("conftest.py", True), ("a.py", False)],
)
def test_tests_are_told_from_sources_by_name(path: str, is_test: bool) -> None:
    assert is_test_path(path) is is_test
