"""Git over HTTP with a token, against the loopback server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.tokens import HttpToken
from eaa.domain.errors import BranchTaken, RepositoryUnusable
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange
from tests.loopback.github import REPOSITORY, TOKEN, Fault, LoopbackGithub, serving_in_thread
from tests.support.git_project import GitProject


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    """The repository that the server has."""
    project = GitProject(tmp_path / "project")
    project.commit({"a": "1\n"})
    return project


@pytest.fixture
def github(project: GitProject) -> Iterator[LoopbackGithub]:
    with serving_in_thread(LoopbackGithub(git=project.folder / ".git")) as server:
        yield server


def address(github: LoopbackGithub) -> str:
    return f"{github.address}/{REPOSITORY}.git"


async def test_a_token_lets_git_in_and_stays_out_of_the_mirror(
    github: LoopbackGithub, project: GitProject, tmp_path: Path
) -> None:
    repositories = GitRepositories(home=tmp_path / "home", token=HttpToken(github.address, TOKEN))

    repository = await repositories.open(address(github))
    base = await repositories.resolve(repository, repository.default_branch)
    ours = await repositories.commit(
        repository, parent=base.id, changes=[FileChange("a", b"2\n")], message="x", run_id=RunId("run_1")
    )
    await repositories.publish(repository, ours, "eaa/fix")
    await repositories.publish(repository, ours, "eaa/fix")

    assert await repositories.published(repository, "eaa/fix") == ours
    assert github.journal == [{"what": "branch", "branch": "eaa/fix", "from": None, "to": ours}]
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []


async def test_a_branch_that_somebody_moved_is_never_moved_back(
    github: LoopbackGithub, project: GitProject, tmp_path: Path
) -> None:
    repositories = GitRepositories(home=tmp_path / "home", token=HttpToken(github.address, TOKEN))
    repository = await repositories.open(address(github))
    first = CommitId(project.git("rev-parse", "HEAD"))
    theirs = project.commit({"a": "3\n"})
    project.git("branch", "eaa/fix", theirs)

    with pytest.raises(BranchTaken):
        await repositories.publish(repository, first, "eaa/fix")

    assert project.git("rev-parse", "eaa/fix") == theirs
    assert github.journal == []


@pytest.mark.parametrize("token", [None, "wr0ng"])
async def test_without_the_right_token_it_says_what_is_missing(
    github: LoopbackGithub, tmp_path: Path, token: str | None
) -> None:
    login = HttpToken(github.address, token) if token is not None else None
    repositories = GitRepositories(home=tmp_path / "home", token=login)

    with pytest.raises(RepositoryUnusable, match="asks for a login, and ours is missing or refused") as caught:
        await repositories.open(address(github))

    assert "EAA_GITHUB_TOKEN" in caught.value.hint
    assert "wr0ng" not in str(caught.value) + caught.value.hint


async def test_the_token_does_not_follow_a_redirect(github: LoopbackGithub, tmp_path: Path) -> None:
    repositories = GitRepositories(home=tmp_path / "home", token=HttpToken(github.address, TOKEN))
    elsewhere = f"{github.address}/elsewhere/shop.git/info/refs?service=git-upload-pack"
    github.faults.append(Fault("status", path="/info/refs", status=302, headers={"Location": elsewhere}))

    with pytest.raises(RepositoryUnusable):
        await repositories.open(address(github))

    assert github.requests == [f"GET /{REPOSITORY}.git/info/refs"]


async def test_a_lost_answer_to_a_push_is_no_second_push(github: LoopbackGithub, tmp_path: Path) -> None:
    repositories = GitRepositories(home=tmp_path / "home", token=HttpToken(github.address, TOKEN))
    repository = await repositories.open(address(github))
    commit = (await repositories.resolve(repository, "main")).id
    github.faults.append(Fault("drop after", method="POST", path="/git-receive-pack"))

    await repositories.publish(repository, commit, "eaa/fix")

    assert [entry["what"] for entry in github.journal] == ["branch"]
