"""The search fixer on little projects."""

from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.domain.fix import FixResult
from eaa.engine.repair.fixer import SearchFixer
from eaa.ports.sandbox import Sandbox
from tests.support.repair_project import make_fix_request

pytestmark = pytest.mark.sandbox

GCD = """\
def gcd(a, b):
    # Euclid
    if b == 0:
        return a  # nothing left
    return gcd(a % b, b)  # the rest
"""
TEST_GCD = """\
import pytest
from gcd import gcd

@pytest.mark.parametrize("a, b, wanted", [(13, 13, 13), (37, 600, 1), (20, 100, 20), (3, 12, 3)])
def test_gcd(a, b, wanted):
    assert gcd(a, b) == wanted

def test_zero():
    assert gcd(5, 0) == 5
"""


@pytest.fixture
def sandbox() -> Sandbox:
    return BubblewrapSandbox()


def best(result: FixResult) -> str:
    assert result.fixes, result.note
    content = result.fixes[0].changes[0].content
    assert content is not None
    return content.decode()


async def test_swapped_arguments_are_found_and_comments_stay(tmp_path: Path, sandbox: Sandbox) -> None:
    request = make_fix_request(tmp_path, {"gcd.py": GCD, "test_gcd.py": TEST_GCD})

    result = await SearchFixer(sandbox).fix(request)

    assert best(result) == GCD.replace("gcd(a % b, b)", "gcd(b, a % b)")
    assert result.fixes[0].diff.count("\n-") == 1
    assert result.suspects[0].line == 5
    assert (tmp_path / "gcd.py").read_text() == GCD
