"""Evidence from real git, real pytest and the real sandbox: good changes and cheats, told apart."""

import re
from pathlib import Path

import pytest

from eaa.domain.evidence import TamperKind
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.evidence.record import decode_evidence, encode_evidence
from tests.support.git_world import GitWorld, world_of
from tests.support.python_toolchain import lean_toolchain
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

BASE = {
    "shop.py": "def total(prices, discount):\n    kept = sum(prices)\n    return kept + discount\n",
    "tests/test_shop.py": (
        "from shop import total\n\n"
        "def test_nothing_off():\n    assert total([1, 2], 0) == 3\n\n"
        "def test_no_prices():\n    assert total([], 0) == 0\n"
    ),
}
FIXED = BASE["shop.py"].replace("kept + discount", "kept - discount")
PROOF = "\ndef test_discount():\n    assert total([10], 4) == 6\n"
TESTS = BASE["tests/test_shop.py"] + PROOF
GOOD = {"shop.py": FIXED, "tests/test_shop.py": TESTS}
FORGING = (
    "import pytest\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"
)
FORGING_CODE = (
    "from _pytest import runner\n\n"
    "def _pretend(item):\n    return None\n\n"
    "runner.pytest_runtest_call.__code__ = _pretend.__code__\n"
)


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap()


async def sandboxed(tmp_path: Path, python: Path, base: dict[str, str], head: dict[str, str]) -> GitWorld:
    world = await world_of(tmp_path, base, head)
    world.toolchain = lean_toolchain(world.repositories, world.workspaces, tmp_path / "home", python)
    return world


async def test_a_good_fix_is_shown_verifies_and_no_flipped_hash_does(tmp_path: Path, lean_python: Path) -> None:
    world = await sandboxed(tmp_path, lean_python, BASE, GOOD)

    evidence = await world.prove()

    (criterion,) = evidence.criteria
    assert criterion.verdict is CriterionVerdict.SHOWN
    assert criterion.tests[0].base == (Outcome.FAILED,) * 3
    assert criterion.tests[0].head == (Outcome.PASSED,) * 3
    assert evidence.mutants.killed == evidence.mutants.run == 2
    assert evidence.verdict is TaskVerdict.DONE
    content = encode_evidence(evidence)
    assert (await world.verify(decode_evidence(content))).differences == ()
    hashes = list(re.finditer(rb'"log_sha256": "(\w{64})"', content))
    flipped = content[: hashes[0].end() - 2] + b"x" + content[hashes[0].end() - 1 :]
    assert any("log_sha256" in said for said in (await world.verify(decode_evidence(flipped))).differences)


async def test_a_feature_is_absent_on_the_base_and_red_on_its_stub(tmp_path: Path, lean_python: Path) -> None:
    head = {
        "shop.py": BASE["shop.py"] + "\ndef vat(price):\n    return price + price // 5\n",
        "tests/test_vat.py": "from shop import vat\n\ndef test_vat():\n    assert vat(100) == 120\n",
    }
    world = await sandboxed(tmp_path, lean_python, BASE, head)

    evidence = await world.prove()

    assert evidence.kind is Kind.FEATURE
    (test,) = evidence.criteria[0].tests
    assert (test.base, test.stub, test.head) == ((Outcome.BROKEN,) * 3, Outcome.FAILED, (Outcome.PASSED,) * 3)
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_refactoring_is_held_and_a_careless_one_is_contradicted(tmp_path: Path, lean_python: Path) -> None:
    tidy = await sandboxed(
        tmp_path / "tidy",
        lean_python,
        BASE,
        {"shop.py": "def total(prices, discount):\n    return sum(prices, discount)\n"},
    )
    careless = await sandboxed(
        tmp_path / "careless",
        lean_python,
        BASE,
        {"shop.py": BASE["shop.py"].replace("kept + discount", "kept + abs(discount)")},
    )

    held, broken = await tidy.prove(), await careless.prove()

    assert held.kind is Kind.REFACTOR
    assert held.criteria[0].verdict is CriterionVerdict.HELD
    assert broken.regression.newly_failing == ()
    assert broken.criteria[0].verdict is CriterionVerdict.CONTRADICTED


WEAKENED = TESTS.replace("assert total([1, 2]", "total([1, 2]")
SKIPPED = TESTS.replace("def test_no", "import pytest\n@pytest.mark.skip\ndef test_no")
HARD_CODED = BASE["shop.py"].replace("    kept", "    if discount == 4:\n        return 6\n    kept", 1)
ELSEWHERE = "from shop import total\n" + PROOF


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ({"tests/test_shop.py": WEAKENED}, TamperKind.TEST_WEAKENED),
        ({"tests/test_shop.py": "", "tests/test_new.py": ELSEWHERE}, TamperKind.TEST_DELETED),
        ({"tests/test_shop.py": SKIPPED}, TamperKind.TEST_SKIPPED),
        ({"tests/test_shop.py": TESTS, "conftest.py": FORGING}, TamperKind.RESULT_FORGED),
        ({"tests/test_shop.py": TESTS, "shop.py": FORGING_CODE + BASE["shop.py"]}, TamperKind.RESULT_FORGED),
        ({"tests/test_shop.py": TESTS, "shop.py": HARD_CODED}, TamperKind.ANSWER_HARD_CODED),
    ],
    ids=["weakened", "deleted", "skipped", "forged by a hook", "forged by the code", "hard-coded"],
)
async def test_a_cheat_fails_and_is_named(
    tmp_path: Path, lean_python: Path, head: dict[str, str], kind: TamperKind
) -> None:
    world = await sandboxed(tmp_path, lean_python, BASE, {"shop.py": FIXED, **head})

    evidence = await world.prove()

    assert kind in {finding.kind for finding in evidence.tamper}
    assert evidence.verdict is TaskVerdict.FAILED


async def test_code_that_ends_the_test_run_breaks_every_test(tmp_path: Path, lean_python: Path) -> None:
    quits = "import os\n\ndef total(prices, discount):\n    os._exit(0)\n"
    world = await sandboxed(tmp_path, lean_python, BASE, {"shop.py": quits, "tests/test_shop.py": TESTS})

    evidence = await world.prove()

    assert len(evidence.regression.newly_failing) == 2
    assert evidence.verdict is TaskVerdict.FAILED


async def test_a_flaky_test_of_the_claim_is_unstable(tmp_path: Path, lean_python: Path) -> None:
    # Green in the project's own order, red when the shuffle runs it first: order is what varies between the runs.
    flaky = (
        TESTS.replace("from shop import total\n", "from shop import total\n\nseen = []\n").replace(
            "    assert total([10], 4) == 6\n", "    assert total([10], 4) == 6 and 'other' in seen\n"
        )
        + "\ndef test_other():\n    seen.append('other')\n    assert total([5], 1) == 4\n"
    )
    world = await sandboxed(tmp_path, lean_python, BASE, {"shop.py": FIXED, "tests/test_shop.py": flaky})

    evidence = await world.prove()

    assert CriterionVerdict.UNSTABLE in {criterion.verdict for criterion in evidence.criteria}
    assert evidence.verdict is not TaskVerdict.DONE
