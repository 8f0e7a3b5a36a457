"""Evidence on real git: trees, patch ids, blobs, overlays and commits are those of the repository."""

from pathlib import Path

import pytest

from eaa.domain.evidence import TamperKind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import TaskVerdict
from tests.support.git_world import GitWorld, world_of
from tests.support.two_commits import commit_texts

BASE = {
    "shop.py": "def total(prices, discount):\n    return sum(prices) + discount\n",
    "tests/test_shop.py": "from shop import total\n\ndef test_nothing():\n    assert total([], 0) == 0\n",
}
FIX = {"shop.py": BASE["shop.py"].replace("+ discount", "- discount")}
PROOF = {"tests/test_off.py": "from shop import total\n\ndef test_off():\n    assert total([10], 4) == 6\n"}


async def test_a_fix_is_shown_on_the_trees_that_git_knows(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})

    evidence = await world.prove()

    assert evidence.verdict is TaskVerdict.DONE
    assert evidence.base.tree == world.project.git("rev-parse", "main^{tree}")
    assert evidence.head.tree == world.project.git("rev-parse", "change^{tree}")
    (test,) = evidence.criteria[0].tests
    assert test.file_blob == world.project.git("rev-parse", "change:tests/test_off.py")
    assert (test.base, test.head) == ((Outcome.FAILED,) * 3, (Outcome.PASSED,) * 3)
    assert (await world.verify(evidence)).differences == ()


async def test_the_persons_checkout_is_left_as_it_was(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})
    before = world.project.git("status", "--porcelain"), world.project.git("for-each-ref")

    await world.verify(await world.prove())

    assert (world.project.git("status", "--porcelain"), world.project.git("for-each-ref")) == before


async def test_a_removed_test_file_is_gone_on_both_sides_and_tampering(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF, "tests/test_shop.py": ""})

    evidence = await world.prove()

    assert [finding.kind for finding in evidence.tamper] == [TamperKind.TEST_DELETED]
    assert evidence.verdict is TaskVerdict.FAILED


@pytest.mark.parametrize("path", ["tests/test_with space.py", "tests/test_ümlaut.py"])
async def test_unusual_file_names_are_carried_to_the_base(tmp_path: Path, path: str) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, path: PROOF["tests/test_off.py"]})

    evidence = await world.prove()

    assert evidence.criteria[0].tests[0].path == path
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_test_rewritten_after_the_record_is_noticed(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})
    evidence = await world.prove()
    world.project.git("switch", "--quiet", "change")
    commit_texts(world.project, {"tests/test_off.py": PROOF["tests/test_off.py"].replace("6", "6 or 1")})
    softer = GitWorld(world.project, await world.repositories.open(str(world.project.folder)), tmp_path / "home")

    again = await softer.prove()

    assert again.criteria[0].tests[0].file_blob != evidence.criteria[0].tests[0].file_blob
    assert (await softer.verify(evidence)).differences == ()
    assert again.head != evidence.head


async def test_a_test_file_larger_than_what_is_read_at_once_is_whole_on_both_sides(tmp_path: Path) -> None:
    padding = "# nothing but a long comment\n" * 190_000
    large = {"tests/test_shop.py": BASE["tests/test_shop.py"] + padding}
    world = await world_of(
        tmp_path,
        {**BASE, **large},
        {
            **FIX,
            "tests/test_shop.py": large["tests/test_shop.py"] + "\ndef test_off():\n    assert total([9], 4) == 5\n",
        },
    )

    evidence = await world.prove()

    assert evidence.tamper == ()
    assert [test.id for test in evidence.criteria[0].tests] == ["tests/test_shop.py::test_off"]
    assert evidence.verdict is TaskVerdict.DONE
