"""The search under every Python that this machine has."""

import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.environment import Environment
from eaa.domain.ids import EnvironmentKey
from eaa.engine.repair.fixer import SearchFixer
from tests.support.repair_project import make_fix_request

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

MINORS = range(9, 15)
SOURCE = """\
class Tally:
    def __init__(self, marks=()):
        self.marks = list(marks)

    def longest(self):
        best = run = 0
        for mark in self.marks:
            if mark:
                run += 1
            best = max(best, run)
        return best

    def __iter__(self):
        number = 0
        while number < len(self.marks):
            yield self.marks[number]
            number += 1
"""
TESTS = """\
import unittest
from tally import Tally


class TestTally(unittest.TestCase):
    def test_longest(self):
        self.assertEqual(Tally([1, 1, 0, 1]).longest(), 2)
        self.assertEqual(Tally([1, 0, 1, 0, 1, 1, 1]).longest(), 3)

    def test_none(self):
        self.assertEqual(Tally([0, 0]).longest(), 0)
        self.assertEqual(Tally().longest(), 0)

    def test_all(self):
        self.assertEqual(Tally([1, 1, 1]).longest(), 3)

    def test_marks(self):
        self.assertEqual(list(Tally([1, 0])), [1, 0])
"""


@cache
def interpreter(minor: int) -> tuple[str, str] | None:
    """Return (interpreter, its prefix) of Python 3.minor, from the path or from pyenv; None when there is none."""
    candidates = [shutil.which(f"python3.{minor}")]
    candidates += map(str, sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")))
    for candidate in filter(None, candidates):
        told = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[1], sys.executable, sys.base_prefix)"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if told.returncode == 0 and told.stdout.startswith(f"{minor} "):
            # A shim in the path is not the interpreter itself.
            _, executable, prefix = told.stdout.split()
            return executable, prefix
    return None


@pytest.mark.parametrize("minor", MINORS)
async def test_a_missing_reset_is_found_under_python_3(minor: int, tmp_path: Path) -> None:
    found = interpreter(minor)
    if found is None:
        pytest.skip(f"there is no Python 3.{minor} here")
    python, prefix = found
    mounts = () if prefix in ("/usr", "/") else ((prefix, prefix),)
    request = make_fix_request(
        tmp_path,
        {"tally.py": SOURCE, "test_tally.py": TESTS},
        framework="unittest",
        failing=("test_tally.TestTally.test_longest",),
        passing=tuple(f"test_tally.TestTally.test_{name}" for name in ("none", "all", "marks")),
        budget_s=40,
    )
    environment = Environment(EnvironmentKey(f"3.{minor}"), "python", "found here", python, f"3.{minor}", mounts)

    result = await SearchFixer(BubblewrapSandbox()).fix(replace(request, environment=environment))

    assert result.fixes, result.note
    content = result.fixes[0].changes[0].content
    assert content is not None
    assert content.decode().count("run = 0") == 2
