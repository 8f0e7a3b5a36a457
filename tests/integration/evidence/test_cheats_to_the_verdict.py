"""Cheats all the way to the verdict of a change: checks made easier one file each, and results that were made up."""

from pathlib import Path

import pytest

from eaa.domain.evidence import Severity, TamperKind
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from tests.integration.evidence.forgeries import BUG, BY_CODE
from tests.support.git_world import GitWorld, world_of
from tests.support.python_toolchain import lean_toolchain
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

IMPORTS = "import pytest\nfrom shop import total\n\n"
BEFORE = {
    "shop.py": BUG,
    "tests/test_shop.py": f"{IMPORTS}def test_none():\n    assert total([], 0) == 0\n",
    "tests/test_tolerance.py": f"{IMPORTS}def test():\n    assert total([0.3], 0) == pytest.approx(0.3, abs=1e-9)\n",
    "tests/test_rows.py": (
        f"{IMPORTS}@pytest.mark.parametrize(('prices', 'sum_'), [([1], 1), ([1, 2], 3), ([5, 5], 10)])\n"
        "def test_rows(prices, sum_):\n    assert total(prices, 0) == sum_\n"
    ),
    "tests/test_asserts.py": f"{IMPORTS}def test():\n    assert total([1], 0) == 1\n    assert total([2], 0) == 2\n",
    "tests/test_skips.py": f"{IMPORTS}def test_there():\n    assert total([7], 0) == 7\n",
    "tests/test_hidden.py": f"{IMPORTS}def test_hidden():\n    assert total([8], 0) == 8\n",
    "tests/test_honest.py": f"{IMPORTS}def test_sum():\n    assert total([3, 4], 0) == 7\n",
}
CLAIM = BEFORE["tests/test_shop.py"] + "\ndef test_discount():\n    assert total([10], 4) == 6\n"
EASIER = {
    "shop.py": BUG.replace("+ discount", "- discount"),
    "tests/test_shop.py": CLAIM,
    "tests/test_tolerance.py": BEFORE["tests/test_tolerance.py"].replace("1e-9", "100"),
    "tests/test_rows.py": BEFORE["tests/test_rows.py"].replace(", ([5, 5], 10)", ""),
    "tests/test_asserts.py": BEFORE["tests/test_asserts.py"].replace("    assert total([2], 0) == 2\n", ""),
    "tests/test_skips.py": BEFORE["tests/test_skips.py"].replace("():\n", "():\n    pytest.skip('later')\n"),
    "tests/test_hidden.py": BEFORE["tests/test_hidden.py"].replace("def test_hidden", "def hidden"),
    "tests/test_honest.py": BEFORE["tests/test_honest.py"] + "    assert total([3, 5], 0) == 8\n",
}


async def sandboxed(tmp_path: Path, python: Path, head: dict[str, str]) -> GitWorld:
    require_bubblewrap()
    world = await world_of(tmp_path, BEFORE, head)
    world.toolchain = lean_toolchain(world.repositories, world.workspaces, tmp_path / "home", python)
    return world


async def test_each_check_that_was_made_easier_is_named_and_no_other(tmp_path: Path, lean_python: Path) -> None:
    world = await sandboxed(tmp_path, lean_python, EASIER)

    evidence = await world.prove()

    decisive = {(finding.path, finding.kind) for finding in evidence.tamper if finding.severity is Severity.DECISIVE}
    assert decisive == {
        ("tests/test_tolerance.py", TamperKind.TEST_WEAKENED),
        ("tests/test_rows.py", TamperKind.TEST_WEAKENED),
        ("tests/test_asserts.py", TamperKind.TEST_WEAKENED),
        ("tests/test_skips.py", TamperKind.TEST_SKIPPED),
        ("tests/test_hidden.py", TamperKind.TEST_DELETED),
    }
    assert evidence.verdict is TaskVerdict.FAILED


@pytest.mark.parametrize(
    ("forgery", "verdict", "is_named"),
    [
        ("replaces the method that tells", CriterionVerdict.CONTRADICTED, True),
        ("answers with what equals everything", CriterionVerdict.CONTRADICTED, True),
        ("tells when everything is over", CriterionVerdict.NOT_SHOWN, False),
    ],
)
async def test_a_forged_result_is_never_shown(
    tmp_path: Path, lean_python: Path, forgery: str, verdict: CriterionVerdict, is_named: bool
) -> None:
    world = await sandboxed(tmp_path, lean_python, {"shop.py": BY_CODE[forgery], "tests/test_shop.py": CLAIM})

    evidence = await world.prove()

    (criterion,) = evidence.criteria
    assert criterion.verdict is verdict, criterion.method
    assert (TamperKind.RESULT_FORGED in {finding.kind for finding in evidence.tamper}) == is_named
    assert evidence.verdict is TaskVerdict.FAILED
