"""Real pytest and unittest, in the real sandbox."""

from pathlib import Path

import pytest

from eaa.adapters.toolchains.python.running import list_tests, run_tests
from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, ReportState
from eaa.ports.toolchain import Measure
from tests.support.python_world import make_suite, open_python_world, own_environment
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

_OUTCOMES = """
import unittest
import pytest

def test_passes(): pass
def test_fails(): assert 1 == 2
def test_says_fail(): pytest.fail("no")
def test_raises(): {}["key"]
@pytest.fixture
def broken(): raise ValueError("fixture")
def test_broken(broken): pass
@pytest.fixture
def leaves():
    yield
    raise ValueError("teardown")
def test_broken_after(leaves): pass
def test_skips(): pytest.skip("later")
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.xfail
def test_unexpected(): pass
@pytest.mark.xfail(strict=True)
def test_strictly_unexpected(): pass
@pytest.mark.parametrize("number", [1, 2])
def test_each(number): assert number == 1
class TestCase(unittest.TestCase):
    def test_sub(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)
    def test_leaves(self): raise SystemExit(0)
"""


async def test_every_way_to_end(tmp_path: Path) -> None:
    require_bubblewrap()
    async with open_python_world(tmp_path, {"test_all.py": _OUTCOMES}) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    found = {result.test.partition("::")[2]: result.outcome for result in report.results}
    assert report.state is ReportState.COMPLETE, report.output
    assert found == {
        "test_passes": Outcome.PASSED,
        "test_fails": Outcome.FAILED,
        "test_says_fail": Outcome.FAILED,
        "test_raises": Outcome.RAISED,
        "test_broken": Outcome.BROKEN,
        "test_broken_after": Outcome.BROKEN,
        "test_skips": Outcome.SKIPPED,
        "test_expected": Outcome.XFAILED,
        "test_unexpected": Outcome.XPASSED,
        "test_strictly_unexpected": Outcome.XPASSED,
        "test_each[1]": Outcome.PASSED,
        "test_each[2]": Outcome.FAILED,
        "TestCase::test_sub": Outcome.FAILED,
        "TestCase::test_leaves": Outcome.RAISED,
    }
    [raised] = [result for result in report.results if result.test.endswith("test_raises")]
    assert (raised.exception, raised.path, raised.line) == ("KeyError", "test_all.py", 8)


_CASES = """
import unittest

class Case(unittest.TestCase):
    def test_passes(self): self.assertTrue(True)
    def test_fails(self): self.assertEqual(1, 2)
    def test_raises(self): {}["key"]
    @unittest.skip("later")
    def test_skips(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)

class Broken(unittest.TestCase):
    def setUp(self): raise ValueError("set-up")
    def test_never(self): pass

class BrokenClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError("set-up of all")
    def test_never(self): pass
"""


async def test_unittest_ends_in_the_same_ways(tmp_path: Path) -> None:
    require_bubblewrap()
    files: dict[str, bytes | str] = {
        "tests/__init__.py": "",
        "tests/test_cases.py": _CASES,
        "tests/test_gone.py": "import nothing_like_it",
    }
    suite = make_suite("unittest", test_paths=("tests/test_cases.py", "tests/test_gone.py"))
    async with open_python_world(tmp_path, files) as world:
        everything = await run_tests(world.run(suite=suite), sandbox=world.sandbox, workspaces=world.workspaces)
        listed = await list_tests(world.workspace, own_environment(), suite, sandbox=world.sandbox)
        asked = (TestId("tests.test_cases.BrokenClass.test_never"), TestId("tests.test_gone.Case.test_x"))
        some = await run_tests(
            world.run(suite=suite, tests=(*asked, TestId("tests.test_cases.Case.test_nowhere"))),
            sandbox=world.sandbox,
            workspaces=world.workspaces,
        )
    prefix = "tests.test_cases."
    assert {result.test.removeprefix(prefix): result.outcome for result in everything.results} == {
        "Case.test_passes": Outcome.PASSED,
        "Case.test_fails": Outcome.FAILED,
        "Case.test_raises": Outcome.RAISED,
        "Case.test_skips": Outcome.SKIPPED,
        "Case.test_expected": Outcome.XFAILED,
        "Case.test_unexpected": Outcome.XPASSED,
        "Case.test_parts": Outcome.FAILED,
        "Broken.test_never": Outcome.BROKEN,
        "BrokenClass": Outcome.BROKEN,
        "tests.test_gone": Outcome.BROKEN,
    }
    assert everything.state is ReportState.COMPLETE
    assert len(listed) == 9
    assert [result.outcome for result in some.results] == [Outcome.BROKEN, Outcome.BROKEN, Outcome.MISSING]


async def test_options_of_refused_plugins_pass(tmp_path: Path) -> None:
    require_bubblewrap()
    settings = '[tool.pytest.ini_options]\naddopts = "-x --cov=shop --cov-report=xml -n auto --lf -s --strict-config"\n'
    settings += 'required_plugins = ["pytest-xdist"]\n'
    test = "def test_one(): print('@loud'); assert 0\ndef test_two(): pass\n"
    async with open_python_world(tmp_path, {"pyproject.toml": settings, "test_it.py": test}) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    assert [result.outcome for result in report.results] == [Outcome.FAILED, Outcome.PASSED], report.output


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pytest -q --cov=. tests", {"tests/test_it.py::test_one": Outcome.PASSED}),
        ("test -d tests", {"command": Outcome.PASSED}),
        ("exit 3", {"command": Outcome.FAILED}),
    ],
)
async def test_a_persons_own_command(tmp_path: Path, command: str, expected: dict[str, Outcome]) -> None:
    require_bubblewrap()
    files: dict[str, bytes | str] = {
        "tests/test_it.py": "def test_one(): pass\n",
        "pytest.ini": "[pytest]\nrequired_plugins = pytest-xdist\n",
    }
    async with open_python_world(tmp_path, files) as world:
        run = world.run(environment=own_environment(command), measure=Measure.COVERAGE)
        report = await run_tests(run, sandbox=world.sandbox, workspaces=world.workspaces)
    assert {result.test: result.outcome for result in report.results} == expected, report.output
    assert report.state is ReportState.COMPLETE
    assert (report.covered_lines == (("tests/test_it.py", (1,)),)) == ("pytest" in command)


_BENCHMARKS = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--benchmark-disable", action="store_true", default=False)
    parser.addoption("--benchmark-only", action="store_true", default=False)
"""


@pytest.mark.parametrize(("options", "is_off"), [("", True), ("--benchmark-only", False)])
async def test_benchmarks_are_not_measured_unless_nothing_else_runs(tmp_path: Path, options: str, is_off: bool) -> None:
    require_bubblewrap()
    files: dict[str, bytes | str] = {
        "conftest.py": _BENCHMARKS,
        "pytest.ini": f"[pytest]\naddopts = {options}\n",
        "test_a.py": f"def test_it(pytestconfig):\n    assert pytestconfig.option.benchmark_disable is {is_off}\n",
    }
    async with open_python_world(tmp_path, files) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    assert [result.outcome for result in report.results] == [Outcome.PASSED], report.output


async def test_files_that_skip_themselves_and_tests_that_end_the_session(tmp_path: Path) -> None:
    require_bubblewrap()
    files: dict[str, bytes | str] = {
        "test_a.py": "import pytest\npytest.skip('later', allow_module_level=True)\ndef test_x(): pass\n",
        "test_b.py": "import pytest\ndef test_one(): pytest.exit('enough')\ndef test_two(): pass\n",
    }
    asked = tuple(map(TestId, ("test_a.py::test_x", "test_b.py::test_two")))
    async with open_python_world(tmp_path, files) as world:
        alone = await run_tests(world.run(tests=asked), sandbox=world.sandbox, workspaces=world.workspaces)
        whole = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    assert alone.state is ReportState.COMPLETE
    assert alone.result_of(asked[0]).outcome is Outcome.SKIPPED
    assert alone.result_of(asked[1]).outcome is Outcome.PASSED
    assert whole.state is ReportState.INTERRUPTED, whole.results
    assert whole.result_of(asked[1]).outcome is Outcome.MISSING


async def test_thousands_of_names_are_asked_for_at_once(tmp_path: Path) -> None:
    require_bubblewrap()
    test = "import pytest\n@pytest.mark.parametrize('n', range(3000))\ndef test_it(n): pass\n"
    asked = tuple(TestId(f"test_it.py::test_it[{number}]") for number in range(0, 3000, 2))
    async with open_python_world(tmp_path, {"test_it.py": test}) as world:
        report = await run_tests(world.run(tests=asked), sandbox=world.sandbox, workspaces=world.workspaces)
    assert report.state is ReportState.COMPLETE
    assert tuple(result.test for result in report.results) == asked


_FORGERIES = {
    "the report is rewritten": (
        "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    report = (yield).get_result()\n    report.outcome, report.longrepr = 'passed', None\n"
    ),
    "the error is taken away before the report": (
        "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    call.excinfo = None\n"
    ),
    "the error is swallowed": (
        "import pytest\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_call(item):\n"
        "    (yield).force_result(None)\n"
    ),
}


@pytest.mark.parametrize("conftest", _FORGERIES.values(), ids=_FORGERIES)
async def test_a_hook_cannot_turn_a_failure_into_a_success(tmp_path: Path, conftest: str) -> None:
    require_bubblewrap()
    test = "def test_fails(): assert 1 == 2\ndef test_raises(): {}['key']\ndef test_passes(): pass\n"
    async with open_python_world(tmp_path, {"conftest.py": conftest, "test_it.py": test}) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    found = [(result.test, result.outcome, result.exception) for result in report.results]
    assert found == [
        ("test_it.py::test_fails", Outcome.FAILED, "AssertionError"),
        ("test_it.py::test_raises", Outcome.RAISED, "KeyError"),
        ("test_it.py::test_passes", Outcome.PASSED, None),
    ]
    assert "reported it as passed" in report.results[0].message


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("def pytest_pyfunc_call(pyfuncitem): return True\n", Outcome.BROKEN),
        ("def pytest_pyfunc_call(pyfuncitem):\n    pyfuncitem.obj()\n    return True\n", Outcome.PASSED),
    ],
)
async def test_a_test_that_the_project_calls_itself_must_have_been_called(
    tmp_path: Path, caller: str, expected: Outcome
) -> None:
    require_bubblewrap()
    files: dict[str, bytes | str] = {"conftest.py": caller, "test_it.py": "def test_it(): pass\n"}
    async with open_python_world(tmp_path, files) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    assert [result.outcome for result in report.results] == [expected]


async def test_what_a_case_does_around_its_tests_judges_nothing_under_pytest(tmp_path: Path) -> None:
    require_bubblewrap()
    test = (
        "import unittest\n"
        "class Before(unittest.TestCase):\n"
        "    def setUp(self): raise ValueError('x')\n"
        "    def test_it(self): pass\n"
        "class After(unittest.TestCase):\n"
        "    def tearDown(self): self.fail()\n"
        "    def test_it(self): pass\n"
        "class Inside(unittest.IsolatedAsyncioTestCase):\n"
        "    async def test_it(self): self.fail()\n"
    )
    async with open_python_world(tmp_path, {"test_it.py": test}) as world:
        report = await run_tests(world.run(), sandbox=world.sandbox, workspaces=world.workspaces)
    assert {result.test.split("::")[1]: result.outcome for result in report.results} == {
        "Before": Outcome.BROKEN,
        "After": Outcome.BROKEN,
        "Inside": Outcome.FAILED,
    }


async def test_unittest_files_import_their_neighbours(tmp_path: Path) -> None:
    require_bubblewrap()
    test = "import helpers, unittest\nclass T(unittest.TestCase):\n    def test_it(self): assert helpers.one == 1\n"
    async with open_python_world(tmp_path, {"tests/helpers.py": "one = 1\n", "tests/test_it.py": test}) as world:
        run = world.run(suite=make_suite("unittest", test_paths=("tests/test_it.py",)))
        report = await run_tests(run, sandbox=world.sandbox, workspaces=world.workspaces)
    assert [(result.test, result.outcome) for result in report.results] == [("tests.test_it.T.test_it", Outcome.PASSED)]
