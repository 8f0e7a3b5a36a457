"""Evidence on real git: trees, patch ids, blobs, overlays and commits are those of the repository."""

from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.progress import NoProgress
from eaa.domain.criterion import Criterion, Example
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.evidence import Evidence, TamperKind
from eaa.domain.ids import CriterionId, RunId
from eaa.domain.repository import Repository
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict
from eaa.engine.evidence.gather import gather_evidence
from eaa.engine.evidence.propose import propose_claim
from eaa.engine.evidence.verify import VerificationReport, derive_place, verify_evidence
from tests.support.git_project import commit_files, git, make_repository
from tests.support.tiny_world import TinyToolchain

BASE = {
    "shop.py": "def total(prices, discount):\n    return sum(prices) + discount\n",
    "tests/test_shop.py": "from shop import total\n\ndef test_nothing():\n    assert total([], 0) == 0\n",
}
FIX = {"shop.py": BASE["shop.py"].replace("+ discount", "- discount")}
PROOF = {"tests/test_off.py": "from shop import total\n\ndef test_off():\n    assert total([10], 4) == 6\n"}


class GitWorld:
    """The rules over a real repository; the tests run in this process."""

    def __init__(self, folder: Path, repository: Repository, home: Path) -> None:
        self.folder = folder
        self.repository = repository
        self.repositories = GitRepositories(home=home)
        self.workspaces = GitWorkspaces(home=home)
        self.toolchain = TinyToolchain(self.workspaces, self.repositories)

    async def prove(self, issue: list[Criterion] | None = None) -> Evidence:
        """Prove the branch `change`."""
        base = (await self.repositories.resolve(self.repository, "main")).id
        head = (await self.repositories.resolve(self.repository, "change")).id
        place = await derive_place(
            repository=self.repository, base=base, head=head, request=EnvironmentRequest(), toolchain=self.toolchain
        )
        assert place is not None
        claim = await propose_claim(
            repository=self.repository,
            base=base,
            head=head,
            run=RunId("run_1"),
            kind=None,
            issue="an issue" if issue else None,
            read_issue=lambda _: issue or [],
            environment=place[0],
            suites=place[1],
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )
        return await gather_evidence(
            claim,
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )

    async def verify(self, evidence: Evidence) -> VerificationReport:
        """Derive it again."""
        return await verify_evidence(
            evidence,
            repository=self.repository,
            request=EnvironmentRequest(),
            toolchain=self.toolchain,
            repositories=self.repositories,
            workspaces=self.workspaces,
            progress=NoProgress(),
        )


async def world_of(tmp_path: Path, base: dict[str, str], head: dict[str, str]) -> GitWorld:
    folder = make_repository(tmp_path / "project", base, head)
    repository = await GitRepositories(home=tmp_path / "home").open(str(folder))
    return GitWorld(folder, repository, tmp_path / "home")


async def test_a_fix_is_shown_on_the_trees_that_git_knows(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})

    evidence = await world.prove()

    assert evidence.verdict is TaskVerdict.DONE
    assert evidence.base.tree == git(world.folder, "rev-parse", "main^{tree}")
    assert evidence.head.tree == git(world.folder, "rev-parse", "change^{tree}")
    (test,) = evidence.criteria[0].tests
    assert test.file_blob == git(world.folder, "rev-parse", "change:tests/test_off.py")
    assert (test.base, test.head) == ((Outcome.FAILED,) * 3, (Outcome.PASSED,) * 3)
    assert (await world.verify(evidence)).differences == ()


async def test_the_persons_checkout_is_left_as_it_was(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})
    before = git(world.folder, "status", "--porcelain"), git(world.folder, "for-each-ref")

    await world.verify(await world.prove())

    assert (git(world.folder, "status", "--porcelain"), git(world.folder, "for-each-ref")) == before


async def test_a_removed_test_file_is_gone_on_both_sides_and_tampering(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF, "tests/test_shop.py": ""})

    evidence = await world.prove()

    assert [finding.kind for finding in evidence.tamper] == [TamperKind.TEST_DELETED]
    assert evidence.verdict is TaskVerdict.FAILED


async def test_the_issues_tests_lie_in_a_commit_that_verifies(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, FIX)
    example = Example(expression="total([8], 3)", expected="5", setup=("from shop import total",))
    criterion = Criterion(
        id=CriterionId("c1"), text="It is taken off.", source="total([8], 3) is 5", examples=(example,)
    )

    evidence = await world.prove([criterion])

    assert [one.verdict for one in evidence.criteria] == [CriterionVerdict.SHOWN]
    assert evidence.head.commit != git(world.folder, "rev-parse", "change")
    assert (await world.verify(evidence)).differences == ()


@pytest.mark.parametrize("path", ["tests/test_with space.py", "tests/test_ümlaut.py"])
async def test_unusual_file_names_are_carried_to_the_base(tmp_path: Path, path: str) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, path: PROOF["tests/test_off.py"]})

    evidence = await world.prove()

    assert evidence.criteria[0].tests[0].path == path
    assert evidence.verdict is TaskVerdict.DONE


async def test_a_test_rewritten_after_the_record_is_noticed(tmp_path: Path) -> None:
    world = await world_of(tmp_path, BASE, {**FIX, **PROOF})
    evidence = await world.prove()
    git(world.folder, "switch", "--quiet", "change")
    commit_files(world.folder, {"tests/test_off.py": PROOF["tests/test_off.py"].replace("6", "6 or 1")}, "softer")
    softer = GitWorld(world.folder, await world.repositories.open(str(world.folder)), tmp_path / "home")

    again = await softer.prove()

    assert again.criteria[0].tests[0].file_blob != evidence.criteria[0].tests[0].file_blob
    assert (await softer.verify(evidence)).differences == ()
    assert again.head != evidence.head
