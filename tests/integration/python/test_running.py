"""Real pytest and unittest, in the real sandbox."""

from pathlib import Path

import pytest

from eaa.adapters.toolchains.python.running import run_tests
from eaa.domain.test_report import Outcome, ReportState
from tests.support.python_world import open_python_world
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
