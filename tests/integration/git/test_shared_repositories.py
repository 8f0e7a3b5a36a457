"""Two hosts, each with an EAA_HOME of its own, and what one of them makes in the hands of the other."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from eaa.adapters.git import commit_packs
from eaa.adapters.git.commit_packs import MirrorPacks
from eaa.adapters.git.mirrors import Mirrors
from eaa.adapters.git.packs import RepositoryPacks
from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.shared_repositories import SharedRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.store import MemoryStore
from eaa.domain.commit_pack import CommitPack
from eaa.domain.errors import CommitPackUnusable, RepositoryUnusable, RevisionNotFound
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, RunId
from eaa.domain.repository import FileChange, Repository
from eaa.engine.sources import open_source
from tests.support.git_project import GitProject

RUN = RunId("run_1")


@dataclass
class Hosts:
    """A database, and as many hosts as are asked for."""

    folder: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)

    def host(self, name: str) -> SharedRepositories:
        home = self.folder / name
        return SharedRepositories(GitRepositories(home=home), home=home, store=self.store, blobs=self.blobs)

    def workspaces(self, name: str) -> GitWorkspaces:
        return GitWorkspaces(home=self.folder / name, repositories=self.host(name))

    async def packs(self, run_id: str = RUN) -> tuple[CommitPack, ...]:
        async with self.store.begin() as session:
            return await session.commit_packs.of_run(RunId(run_id))


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    made = GitProject(tmp_path / "project")
    made.commit({"a.txt": "first\n", "large.txt": "".join(f"{number}\n" for number in range(20_000))})
    made.commit({"a.txt": "second\n"}, author="Bob")
    return made


async def opened(project: GitProject, host: SharedRepositories) -> tuple[Repository, CommitId]:
    """Open a folder as work does; the folder is gone afterwards, as it would be on any other host."""
    repository, base, _ = await open_source(str(project.folder), None, repositories=host)
    return repository, base


def gone(project: GitProject) -> None:
    shutil.rmtree(project.folder)


async def made_on(
    host: SharedRepositories, repository: Repository, parent: CommitId, content: bytes = b"changed\n"
) -> CommitId:
    changes = [FileChange("a.txt", content)]
    return await host.commit(repository, parent=parent, changes=changes, message="work\n", run_id=RUN)


async def test_the_base_of_a_folder_is_read_where_the_folder_is_not(hosts: Hosts, project: GitProject) -> None:
    repository, base = await opened(project, hosts.host("one"))
    gone(project)

    there = hosts.host("two")

    assert await there.read_file(repository, base, "a.txt") == b"second\n"
    assert (await there.resolve(repository, base)).id == base
    [history] = await there.history(repository, base, ["a.txt"])
    assert history == (await hosts.host("one").history(repository, base, ["a.txt"]))[0]


async def test_commits_go_back_and_forth_and_are_the_same_on_both(hosts: Hosts, project: GitProject) -> None:
    one, two = hosts.host("one"), hosts.host("two")
    repository, base = await opened(project, one)
    gone(project)

    first = await made_on(two, repository, base)
    second = await made_on(one, repository, first, b"changed again\n")

    assert await two.read_file(repository, second, "a.txt") == b"changed again\n"
    assert await one.diff_text(repository, base, second) == await two.diff_text(repository, base, second)
    assert await made_on(hosts.host("three"), repository, base) == first
    assert [(pack.commit, pack.needs) for pack in await hosts.packs()] == sorted([(first, base), (second, first)])


async def test_a_pack_holds_only_what_is_new(hosts: Hosts, project: GitProject) -> None:
    one = hosts.host("one")
    repository, base = await opened(project, one)
    content = await one.read_file(repository, base, "large.txt")
    changes = [FileChange("large.txt", content + b"one more line\n")]

    await one.commit(repository, parent=base, changes=changes, message="work\n", run_id=RUN)

    [pack] = await hosts.packs()
    assert pack.size_bytes < 1_000 < len(content)


async def test_a_workspace_opens_at_a_commit_of_another_host(hosts: Hosts, project: GitProject) -> None:
    one = hosts.host("one")
    repository, base = await opened(project, one)
    tree = await made_on(one, repository, base)
    gone(project)

    async with hosts.workspaces("two").open(repository, tree) as workspace:
        found = (workspace.root / "a.txt").read_bytes()

    assert found == b"changed\n"


async def test_what_a_lost_disk_held_is_found_again(hosts: Hosts, project: GitProject) -> None:
    repository, base = await opened(project, hosts.host("one"))
    head = await made_on(hosts.host("one"), repository, base)
    gone(project)
    shutil.rmtree(hosts.folder / "one")

    there = hosts.host("one")
    await there.bring_run(repository, RUN)

    bundle = await RepositoryPacks(hosts.folder / "one").pack(repository, base, RUN, named={head})
    assert f"{head} refs/tags/recorded/1".encode() in bundle


async def test_a_long_history_is_cut_and_names_stay_the_same(
    hosts: Hosts, project: GitProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_packs, "WHOLE_BYTES", 0)
    repository = await hosts.host("one").open(str(project.folder))
    base = CommitId(project.git("rev-parse", "HEAD"))

    await hosts.host("one").keep(repository, base)
    gone(project)
    two = hosts.host("two")
    head = await made_on(two, repository, base)

    [pack] = await hosts.packs("")
    assert pack.shallow == base
    assert (await two.resolve(repository, base)).id == base
    assert await two.merge_base(repository, base, head) == base
    async with hosts.workspaces("two").open(repository, head) as workspace:
        assert (workspace.root / "a.txt").read_bytes() == b"changed\n"
    assert await hosts.host("one").read_file(repository, head, "a.txt") == b"changed\n"


async def test_a_base_that_is_too_large_is_refused_with_a_way_out(
    hosts: Hosts, project: GitProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_packs, "WHOLE_BYTES", 0)
    monkeypatch.setattr(commit_packs, "LARGEST_BYTES", 100)

    with pytest.raises(RepositoryUnusable, match="cannot be packed") as refused:
        await opened(project, hosts.host("one"))

    assert "--repo URL" in refused.value.hint


async def test_a_shallow_clone_is_opened_elsewhere(hosts: Hosts, project: GitProject, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    project.git("clone", "-q", "--depth=1", f"file://{project.folder}", str(clone))
    repository, base, _ = await open_source(str(clone), None, repositories=hosts.host("one"))
    shutil.rmtree(clone)

    assert await hosts.host("two").read_file(repository, base, "a.txt") == b"second\n"


async def test_what_nobody_has_left_is_not_found(hosts: Hosts, project: GitProject) -> None:
    repository, _ = await opened(project, hosts.host("one"))
    gone(project)

    with pytest.raises(RevisionNotFound):
        await hosts.host("two").resolve(repository, "c" * 40)


def _cut_short(pack: bytes) -> bytes:
    return pack[:-30]


def _no_pack(_: bytes) -> bytes:
    return b"no pack at all"


@pytest.mark.parametrize("damaged", [_cut_short, _no_pack])
async def test_a_damaged_pack_is_refused(hosts: Hosts, project: GitProject, damaged: Callable[[bytes], bytes]) -> None:
    repository, base = await opened(project, hosts.host("one"))
    head = await made_on(hosts.host("one"), repository, base)
    [pack] = await hosts.packs()
    content = damaged(await hosts.blobs.get(pack.blob))
    there = MirrorPacks(Mirrors(hosts.folder / "two"))
    await hosts.host("two").list_files(repository, base)

    with pytest.raises(CommitPackUnusable, match=head[:12]):
        await there.unpack(repository, pack, content)

    assert not await there.has(repository, head)


async def test_a_pack_without_its_commit_or_its_base_is_refused(hosts: Hosts, project: GitProject) -> None:
    repository, base = await opened(project, hosts.host("one"))
    await made_on(hosts.host("one"), repository, base)
    [pack] = await hosts.packs()
    content = await hosts.blobs.get(pack.blob)
    there = MirrorPacks(Mirrors(hosts.folder / "two"))

    with pytest.raises(CommitPackUnusable):
        await there.unpack(repository, pack, content)
    await hosts.host("two").list_files(repository, base)
    with pytest.raises(CommitPackUnusable):
        await there.unpack(repository, replace(pack, commit=CommitId("c" * 40)), content)


async def test_a_tree_that_would_write_into_git_folders_is_refused(hosts: Hosts, project: GitProject) -> None:
    repository, _ = await opened(project, hosts.host("one"))
    blob = project.git("hash-object", "-w", "--stdin", stdin=b"[core]\n")
    inner = project.git("mktree", stdin=f"100644 blob {blob}\tconfig\n".encode())
    tree = project.git("mktree", stdin=f"040000 tree {inner}\t.git\n".encode())
    name = ("-c", "user.name=Ann", "-c", "user.email=ann@localhost")
    commit = CommitId(project.git(*name, "commit-tree", tree, "-m", "no"))
    packer = MirrorPacks(Mirrors(hosts.folder / "one"))
    mirror = hosts.folder / "one" / "repositories" / f"{repository.id}.git"
    project.git("push", "-q", str(mirror), f"{commit}:refs/heads/bad")
    packed = await packer.pack_base(repository, commit)
    pack = CommitPack(DEFAULT_ORGANISATION, repository.id, commit, "", None, "", (await hosts.blobs.put(b"")), 0)

    with pytest.raises(CommitPackUnusable, match=r"(?i)dotgit"):
        await MirrorPacks(Mirrors(hosts.folder / "two")).unpack(repository, pack, packed.content)


async def test_a_folder_is_within_reach_only_where_it_holds_the_base(
    hosts: Hosts, project: GitProject, tmp_path: Path
) -> None:
    repository, base = await opened(project, hosts.host("one"))
    another = GitProject(tmp_path / "another")
    another.commit({"b.txt": "b\n"})
    host = hosts.host("two")

    assert await host.is_reachable(repository, base)
    assert not await host.is_reachable(replace(repository, source=str(another.folder)), base)
    assert not await host.is_reachable(replace(repository, source=str(tmp_path / "nothing")), base)
    assert await host.is_reachable(replace(repository, source="https://code.example/a/b"), base)
