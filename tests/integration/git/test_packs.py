"""Repositories packed into one file and laid out again, also when somebody else packed them."""

from pathlib import Path

import pytest

from eaa.adapters.git.packs import RepositoryPacks
from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.errors import BundleUnreadable, InvalidRequest, RevisionNotFound
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange, Repository
from tests.support.git_project import GitProject

RUN = RunId("run_1")


class Packed:
    """A mirrored project with two commits, a branch that is nobody's business, and a commit of a run."""

    def __init__(self, folder: Path) -> None:
        self.project = GitProject(folder / "project")
        self.project.commit({"a.py": "x = 1\n"}, message="One")
        self.base = CommitId(self.project.commit({"a.py": "x = 2\n"}, message="Two"))
        self.project.git("switch", "-q", "-c", "secret")
        self.other = self.project.commit({"secret.py": "y = 1\n"}, message="Not asked for")
        self.repositories = GitRepositories(home=folder / "home")
        self.packs = RepositoryPacks(folder / "home")

    async def mirrored(self) -> Repository:
        return await self.repositories.open(str(self.project.folder))

    async def made(self, repository: Repository, content: bytes, *, run: str = RUN) -> CommitId:
        change = FileChange("a.py", content)
        return await self.repositories.commit(
            repository, parent=self.base, changes=[change], message="wip\n", run_id=RunId(run)
        )


async def test_the_base_its_history_and_the_commits_of_the_run_come_out_again(tmp_path: Path) -> None:
    packed = Packed(tmp_path)
    repository = await packed.mirrored()
    kept, left_out = await packed.made(repository, b"x = 3\n"), await packed.made(repository, b"x = 4\n")

    bundle = await packed.packs.pack(repository, packed.base, RUN, named={kept, packed.other})
    folder = tmp_path / "elsewhere" / "replays" / "one.git"
    await RepositoryPacks(tmp_path / "elsewhere").lay_out(bundle, folder)

    there = GitRepositories(home=tmp_path / "elsewhere")
    again = await there.open(str(folder))
    assert await there.read_file(again, packed.base, "a.py") == b"x = 2\n"
    assert await there.read_file(again, kept, "a.py") == b"x = 3\n"
    for stranger in (left_out, packed.other):
        with pytest.raises(RevisionNotFound):
            await there.list_files(again, CommitId(stranger))


async def test_the_same_commits_give_the_same_bytes_however_the_mirror_is_packed(tmp_path: Path) -> None:
    packed = Packed(tmp_path)
    repository = await packed.mirrored()
    one = await packed.packs.pack(repository, packed.base, RUN, named=())

    mirror = tmp_path / "home" / "repositories" / f"{repository.id}.git"
    packed.project.git("--git-dir", str(mirror), "repack", "-q", "-a", "-d", "-f", "--depth=5")

    assert await packed.packs.pack(repository, packed.base, RUN, named=()) == one


async def test_git_itself_reads_what_was_packed(tmp_path: Path) -> None:
    packed = Packed(tmp_path)
    (tmp_path / "a.bundle").write_bytes(await packed.packs.pack(await packed.mirrored(), packed.base, RUN, named=()))

    packed.project.git("clone", "-q", str(tmp_path / "a.bundle"), str(tmp_path / "clone"))

    assert (tmp_path / "clone" / "a.py").read_text() == "x = 2\n"


async def test_a_base_that_is_gone_is_said_so(tmp_path: Path) -> None:
    packed = Packed(tmp_path)

    with pytest.raises(InvalidRequest, match="cannot be packed"):
        await packed.packs.pack(await packed.mirrored(), CommitId("0" * 40), RUN, named=())


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda _bundle: b"noise", "no git bundle of ours"),
        (lambda bundle: bundle.replace(b"refs/heads/main", b"refs/heads/../../x"), "no git bundle of ours"),
        (lambda bundle: bundle.replace(b"refs/heads/main", b"refs/hooks/post"), "no git bundle of ours"),
        (lambda bundle: bundle.replace(b"# v2", b"# v3"), "no git bundle of ours"),
        (
            lambda bundle: bundle.replace(b"# v2 git bundle\n", b"# v2 git bundle\n-" + b"a" * 40 + b"\n"),
            "no git bundle",
        ),
        (lambda bundle: bundle[:-30], "cannot be used"),
        (lambda bundle: bundle[:-30] + b"x" * 30, "cannot be used"),
    ],
)
async def test_a_bundle_that_is_none_of_ours_is_refused_and_nothing_stays(
    tmp_path: Path, change: object, because: str
) -> None:
    packed = Packed(tmp_path)
    bundle = await packed.packs.pack(await packed.mirrored(), packed.base, RUN, named=())

    with pytest.raises(BundleUnreadable, match=because):
        await packed.packs.lay_out(change(bundle), tmp_path / "replays" / "one.git")  # type: ignore[operator]

    assert not (tmp_path / "replays").exists() or list((tmp_path / "replays").iterdir()) == []
