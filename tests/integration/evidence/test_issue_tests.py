"""Evidence about a branch with an issue's tests on top verifies where only the branch is: the head is built again."""

from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.criterion import Criterion, Example
from eaa.domain.evidence import AddedFile, AddedTests, Evidence
from eaa.domain.ids import CommitId, CriterionId
from eaa.domain.verdict import CriterionVerdict
from eaa.engine.evidence.record import decode_evidence, encode_evidence
from tests.support.git_world import GitWorld, world_of

BASE = {
    "shop.py": "def total(prices, discount):\n    return sum(prices) + discount\n",
    "tests/test_shop.py": "from shop import total\n\ndef test_nothing():\n    assert total([], 0) == 0\n",
}
FIX = {"shop.py": BASE["shop.py"].replace("+ discount", "- discount")}
EXAMPLE = Example(expression="total([8], 3)", expected="5", setup=("from shop import total",))
CRITERION = Criterion(id=CriterionId("c1"), text="It is taken off.", source="total([8], 3) is 5", examples=(EXAMPLE,))


async def proved(tmp_path: Path, head: dict[str, str]) -> tuple[GitWorld, Evidence]:
    world = await world_of(tmp_path, BASE, head)
    evidence = await world.prove([CRITERION])
    return world, decode_evidence(encode_evidence(evidence))


async def elsewhere(world: GitWorld, tmp_path: Path) -> GitWorld:
    """Return the world of somebody else, who cloned the repository and has a home of their own."""
    clone = tmp_path / "clone"
    world.project.git("clone", "--quiet", str(world.project.folder), str(clone))
    home = tmp_path / "their home"
    return GitWorld(world.project, await GitRepositories(home=home).open(str(clone)), home)


def with_tests(evidence: Evidence, onto: CommitId, **files: str) -> Evidence:
    added = tuple(AddedFile(path.replace("__", "/") + ".py", content) for path, content in files.items())
    return replace(evidence, issue_tests=AddedTests(onto=onto, files=added))


async def test_a_clone_that_has_only_the_branch_derives_the_same(tmp_path: Path) -> None:
    world, evidence = await proved(tmp_path, FIX)
    branch = world.project.git("rev-parse", "change")

    report = await (await elsewhere(world, tmp_path)).verify(evidence)

    assert [one.verdict for one in evidence.criteria] == [CriterionVerdict.SHOWN]
    assert evidence.issue_tests is not None
    assert evidence.issue_tests.onto == branch != evidence.head.commit
    assert report.differences == ()
    assert report.notes[0].startswith(f"the head is the branch at {branch[:12]} with tests of the issue")


async def test_other_tests_than_the_recorded_ones_are_another_head(tmp_path: Path) -> None:
    world, evidence = await proved(tmp_path, FIX)
    assert evidence.issue_tests is not None
    (file,) = evidence.issue_tests.files
    softer = replace(file, content=file.content.replace("== 5", "== 5 or True"))

    report = await (await elsewhere(world, tmp_path)).verify(
        replace(evidence, issue_tests=replace(evidence.issue_tests, files=(softer,)))
    )

    assert softer != file
    assert [said.partition(":")[0] for said in report.differences] == ["head.commit"]


async def test_a_repository_without_the_branch_is_told_what_to_fetch(tmp_path: Path) -> None:
    world, evidence = await proved(tmp_path, FIX)
    theirs = await elsewhere(world, tmp_path)
    absent = CommitId("1" * 40)

    report = await theirs.verify(with_tests(evidence, absent, tests__test_new="def test_new():\n    pass\n"))

    (said,) = report.differences
    assert said.startswith(f"issue_tests.onto: the repository has no commit {absent}, the branch that was proved; ")
    assert said.endswith("fetch that branch into it and verify again")


@pytest.mark.parametrize("onto", ["--output=stolen", "main", ""])
async def test_what_is_no_commit_hash_is_not_given_to_git(tmp_path: Path, onto: str) -> None:
    world, evidence = await proved(tmp_path, FIX)

    report = await world.verify(with_tests(evidence, CommitId(onto), tests__test_new="def test_new():\n    pass\n"))

    assert "issue_tests.onto" in report.differences[0]


async def test_a_record_cannot_bring_the_change_or_replace_a_file(tmp_path: Path) -> None:
    world, evidence = await proved(tmp_path, FIX)
    assert evidence.issue_tests is not None
    onto, (file,) = evidence.issue_tests.onto, evidence.issue_tests.files

    replaced = await world.verify(with_tests(evidence, onto, shop=FIX["shop.py"]))
    both = replace(evidence.issue_tests, files=(file, AddedFile("conftest.py", "import shop\n")))
    smuggled = replace(evidence, issue_tests=both)
    built = await world.verify(smuggled)
    consistent = await world.verify(
        replace(smuggled, head=replace(evidence.head, commit=CommitId(built.differences[0].rpartition(" ")[2])))
    )

    assert replaced.differences == ("issue_tests: shop.py is in the branch already; only new files can be added",)
    assert consistent.differences == ("issue_tests: conftest.py is no file of the criteria's tests",)
