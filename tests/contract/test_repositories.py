"""What every keeper of repositories promises."""

from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.domain.errors import BranchTaken, FileNotInCommit, RepositoryUnusable, RevisionNotFound, UnsafeTree
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange, FileMode
from eaa.ports.repositories import Repositories
from tests.support.git_project import GitProject

RUN = RunId("run_1")
ODD_NAME = 'a\nb "c" \udcff.txt'


@pytest.fixture(params=["git"])
def repositories(tmp_path: Path) -> Repositories:
    return GitRepositories(home=tmp_path / "home")


@pytest.fixture
def project(tmp_path: Path) -> GitProject:
    return GitProject(tmp_path / "project")


async def test_a_folder_is_described_without_being_written_to(repositories: Repositories, project: GitProject) -> None:
    head = project.commit({"a.txt": "a\n", "b.txt": "b\n"})
    project.write("a.txt", "changed\n")
    project.write("new.txt", "new\n")
    before = project.picture()

    state = await repositories.inspect(project.folder)

    assert (state.branch, state.head) == ("main", head)
    assert state.dirty_paths == ("a.txt", "new.txt")
    assert not state.is_bare
    assert not state.is_shallow
    assert project.picture() == before


async def test_a_folder_below_the_top_is_in_the_same_repository(
    repositories: Repositories, project: GitProject
) -> None:
    project.commit({"package/module.py": "x = 1\n"})

    state = await repositories.inspect(project.folder / "package")

    assert state.path == str(project.folder)


async def test_a_detached_head_has_no_branch(repositories: Repositories, project: GitProject) -> None:
    first = project.commit({"a": "1"})
    project.commit({"a": "2"})
    project.git("checkout", "-q", "--detach", first)

    state = await repositories.inspect(project.folder)
    repository = await repositories.open(str(project.folder))

    assert (state.branch, state.head) == (None, first)
    assert (await repositories.resolve(repository, "HEAD")).id == first
    assert repository.default_branch == "main"


async def test_a_repository_without_commits_is_described_but_not_mirrored(
    repositories: Repositories, project: GitProject
) -> None:
    state = await repositories.inspect(project.folder)

    assert state.head is None
    with pytest.raises(RepositoryUnusable, match="no commit yet"):
        await repositories.open(str(project.folder))


async def test_a_bare_repository_and_a_shallow_clone_are_told_and_mirrored(
    repositories: Repositories, project: GitProject, tmp_path: Path
) -> None:
    project.commit({"a": "1"})
    head = project.commit({"a": "2"})
    project.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    project.git("clone", "-q", "--depth=1", f"file://{project.folder}", str(tmp_path / "shallow"))

    bare = await repositories.inspect(tmp_path / "bare")
    shallow = await repositories.inspect(tmp_path / "shallow")

    assert bare.is_bare
    assert shallow.is_shallow
    for name in ("bare", "shallow"):
        repository = await repositories.open(str(tmp_path / name))
        assert (await repositories.resolve(repository, "main")).id == head


async def test_submodules_and_pointers_to_large_files_are_told(repositories: Repositories, project: GitProject) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
    project.commit({".gitattributes": "*.bin filter=lfs diff=lfs -text\n", "big.bin": pointer, "small.bin": "x"})
    project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    project.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "submodule")

    state = await repositories.inspect(project.folder)

    assert state.submodules == ("vendor/lib",)
    assert state.lfs_pointers == ("big.bin",)


@pytest.mark.parametrize("source", ["/nonexistent", "git://example.org/a", "http://example.org/a", "ext::sh -c true"])
async def test_what_is_no_repository_is_refused(repositories: Repositories, source: str) -> None:
    with pytest.raises(RepositoryUnusable):
        await repositories.open(source)


async def test_a_plain_folder_is_refused(repositories: Repositories, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()

    with pytest.raises(RepositoryUnusable):
        await repositories.inspect(tmp_path / "plain")
    with pytest.raises(RepositoryUnusable):
        await repositories.open(str(tmp_path / "plain"))


async def test_a_repository_with_other_object_names_is_refused_clearly(
    repositories: Repositories, tmp_path: Path
) -> None:
    project = GitProject(tmp_path / "new", "--object-format=sha256")
    project.commit({"a": "1"})

    with pytest.raises(RepositoryUnusable, match="sha256"):
        await repositories.open(str(project.folder))


async def test_opening_again_finds_what_is_new_and_forgets_what_is_gone(
    repositories: Repositories, project: GitProject
) -> None:
    project.commit({"a": "1"})
    project.git("branch", "old")
    first = await repositories.open(str(project.folder))
    newer = project.commit({"a": "2"})
    project.git("branch", "-D", "old")

    second = await repositories.open(str(project.folder))

    assert first == second
    assert (await repositories.resolve(second, "main")).id == newer
    with pytest.raises(RevisionNotFound):
        await repositories.resolve(second, "old")


async def test_a_revision_is_a_branch_a_tag_a_hash_or_an_error(repositories: Repositories, project: GitProject) -> None:
    head = project.commit({"a": "1"})
    project.git("tag", "v1")
    repository = await repositories.open(str(project.folder))

    found = [await repositories.resolve(repository, name) for name in ("main", "v1", head[:10], "HEAD")]

    assert {commit.id for commit in found} == {head}
    assert {commit.tree for commit in found} == {project.git("rev-parse", "HEAD^{tree}")}
    for name in ("nobody", "--all", "", "main..v1", "a\0b", "HEAD:a"):
        with pytest.raises(RevisionNotFound):
            await repositories.resolve(repository, name)


async def test_the_merge_base_is_the_best_common_ancestor(repositories: Repositories, project: GitProject) -> None:
    fork = project.commit({"a": "1"})
    left = project.commit({"a": "2"})
    project.git("checkout", "-q", "-b", "right", fork)
    right = project.commit({"b": "1"})
    project.git("checkout", "-q", "--orphan", "alone")
    alone = project.commit({"c": "1"})
    repository = await repositories.open(str(project.folder))

    assert await repositories.merge_base(repository, CommitId(left), CommitId(right)) == fork
    with pytest.raises(RevisionNotFound):
        await repositories.merge_base(repository, CommitId(left), CommitId(alone))


async def test_files_are_listed_and_read_whatever_their_names(repositories: Repositories, project: GitProject) -> None:
    (project.folder / "link").symlink_to("a.txt")
    project.write("run.sh", "#!/bin/sh\n")
    (project.folder / "run.sh").chmod(0o755)
    head = CommitId(project.commit({"a.txt": b"\x00\xffbinary\r\n", ODD_NAME: "odd", "d/e.txt": ""}))
    repository = await repositories.open(str(project.folder))

    entries = await repositories.list_files(repository, head)

    assert [entry.path for entry in entries] == sorted(["a.txt", ODD_NAME, "d/e.txt", "link", "run.sh"])
    modes = {entry.path: entry.mode for entry in entries}
    assert (modes["link"], modes["run.sh"], modes["a.txt"]) == (
        FileMode.SYMLINK,
        FileMode.EXECUTABLE,
        FileMode.REGULAR,
    )
    assert await repositories.read_file(repository, head, "a.txt") == b"\x00\xffbinary\r\n"
    assert await repositories.read_file(repository, head, "a.txt", limit_bytes=2) == b"\x00\xff"
    assert await repositories.read_file(repository, head, ODD_NAME) == b"odd"
    assert await repositories.read_file(repository, head, "d/e.txt") == b""


@pytest.mark.parametrize("path", ["nothing", "link", "d", "../a.txt", "d/../a.txt", ""])
async def test_only_regular_files_are_read(repositories: Repositories, project: GitProject, path: str) -> None:
    (project.folder / "link").symlink_to("a.txt")
    head = CommitId(project.commit({"a.txt": "a", "d/e.txt": "e"}))
    repository = await repositories.open(str(project.folder))

    with pytest.raises(FileNotInCommit):
        await repositories.read_file(repository, head, path)


async def test_many_files_are_read_at_once(repositories: Repositories, project: GitProject) -> None:
    (project.folder / "link").symlink_to("a")
    head = CommitId(project.commit({"a": "1", "b": b"\n\n", "huge": "x" * 5000, ODD_NAME: "odd", "empty": ""}))
    repository = await repositories.open(str(project.folder))

    wanted = ["a", "b", "huge", ODD_NAME, "empty", "link", "nothing"]
    contents = await repositories.read_files(repository, head, wanted, limit_bytes=1000)

    assert contents == {"a": b"1", "b": b"\n\n", ODD_NAME: b"odd", "empty": b""}


async def test_a_difference_tells_lines_and_kinds(repositories: Repositories, project: GitProject) -> None:
    base = CommitId(
        project.commit({"keep": "1\n2\n3\n4\n", "gone": "x\n", "bin": b"\0a", ODD_NAME: "1\n", "was": "text\n"})
    )
    (project.folder / "gone").unlink()
    (project.folder / "was").unlink()
    (project.folder / "was").symlink_to("keep")
    head = CommitId(
        project.commit({"keep": "1\ntwo\n3\n4\n5\n", "bin": b"\0b", ODD_NAME: "-- 2\n++ 3\n", "new": "a\nb"})
    )
    repository = await repositories.open(str(project.folder))

    differences = {one.path: one for one in await repositories.diff(repository, base, head)}

    assert list(differences) == sorted(["keep", "gone", "bin", ODD_NAME, "new", "was"])
    assert (differences["keep"].added_lines, differences["keep"].removed_lines) == ((2, 5), (2,))
    assert (differences["gone"].after, differences["gone"].removed_lines) == (None, (1,))
    assert (differences["new"].before, differences["new"].added_lines) == (None, (1, 2))
    assert (differences[ODD_NAME].added_lines, differences[ODD_NAME].removed_lines) == ((1, 2), (1,))
    assert differences["bin"].is_binary
    assert differences["was"].after is not None
    assert differences["was"].after.mode is FileMode.SYMLINK
    assert await repositories.diff(repository, head, head) == ()


async def test_the_text_of_a_difference_is_bounded(repositories: Repositories, project: GitProject) -> None:
    base = CommitId(project.commit({"a": "1\n"}))
    head = CommitId(project.commit({"a": "2\n", "b": "x\n" * 5000}))
    repository = await repositories.open(str(project.folder))

    whole = await repositories.diff_text(repository, base, head)
    cut = await repositories.diff_text(repository, base, head, limit_bytes=200)

    assert "-1\n+2\n" in whole
    assert len(cut) < 300
    assert "longer than 200 bytes" in cut


async def test_the_patch_id_is_the_same_for_the_same_change(repositories: Repositories, project: GitProject) -> None:
    base = CommitId(project.commit({"a": "1\n"}))
    one = CommitId(project.commit({"a": "2\n"}, message="one"))
    project.git("reset", "-q", "--hard", base)
    other = CommitId(project.commit({"a": "2\n"}, message="other"))
    project.git("branch", "kept", one)
    repository = await repositories.open(str(project.folder))

    ids = [await repositories.patch_id(repository, base, head) for head in (one, other, base)]

    assert ids[0] == ids[1] != ""
    assert ids[2] == ""


async def test_the_same_commit_is_written_once(repositories: Repositories, project: GitProject) -> None:
    (project.folder / "link").symlink_to("a")
    base = CommitId(project.commit({"a": "1", "b": "2", "d/e": "3"}))
    repository = await repositories.open(str(project.folder))
    changes = [
        FileChange(ODD_NAME, b"\xff\0\n", FileMode.EXECUTABLE),
        FileChange("b", None),
        FileChange("d/e", None),
        FileChange("d", b"a folder became a file"),
        FileChange("link", None),
        FileChange("link/x", b"1"),
    ]

    commits = [
        await repositories.commit(repository, parent=base, changes=changes, message="Mend\n\nbecause", run_id=RUN)
        for _ in range(2)
    ]

    assert commits[0] == commits[1]
    entries = {entry.path: entry for entry in await repositories.list_files(repository, commits[0])}
    assert sorted(entries) == sorted(["a", ODD_NAME, "d", "link/x"])
    assert entries[ODD_NAME].mode is FileMode.EXECUTABLE
    assert await repositories.read_file(repository, commits[0], ODD_NAME) == b"\xff\0\n"
    other = await repositories.commit(repository, parent=base, changes=changes, message="Other", run_id=RUN)
    assert other != commits[0]


async def test_commits_outlive_a_refresh(repositories: Repositories, project: GitProject) -> None:
    base = CommitId(project.commit({"a": "1"}))
    repository = await repositories.open(str(project.folder))
    ours = await repositories.commit(
        repository, parent=base, changes=[FileChange("a", b"2")], message="Mend", run_id=RUN
    )

    await repositories.open(str(project.folder))

    assert (await repositories.resolve(repository, ours)).id == ours


@pytest.mark.parametrize(
    "change",
    [
        FileChange("../outside", b"x"),
        FileChange("/etc/passwd", b"x"),
        FileChange(".git/config", b"x"),
        FileChange("d/.GIT/hooks/pre-commit", b"x"),
        FileChange("d/git~1/config", b"x"),
        FileChange("d/.g\u200cit/config", b"x"),
        FileChange("d//e", b"x"),
        FileChange("d/./e", b"x"),
        FileChange("", b"x"),
        FileChange("a\0b", b"x"),
        FileChange("link", b"/etc", FileMode.SYMLINK),
        FileChange("sub", b"1" * 40, FileMode.GITLINK),
        FileChange("a/b", b"x"),
        FileChange("d", b"x"),
        FileChange("way/out", b"x"),
    ],
    ids=lambda change: repr(change.path),
)
async def test_what_could_escape_is_never_committed(
    repositories: Repositories, project: GitProject, change: FileChange
) -> None:
    (project.folder / "way").symlink_to("/tmp")
    base = CommitId(project.commit({"a": "1", "d/e": "2"}))
    repository = await repositories.open(str(project.folder))

    with pytest.raises(UnsafeTree):
        await repositories.commit(repository, parent=base, changes=[change], message="x", run_id=RUN)


async def test_history_counts_commits_and_names_authors(repositories: Repositories, project: GitProject) -> None:
    project.commit({"a": "1", ODD_NAME: "1"}, author="Ann")
    project.commit({"a": "2"}, author="Ben")
    head = CommitId(project.commit({"a": "3"}, author="Ann"))
    repository = await repositories.open(str(project.folder))

    found = await repositories.history(repository, head, [ODD_NAME, "a", "never"])

    assert [(one.path, one.commits, one.authors) for one in found] == [
        (ODD_NAME, 1, ("Ann",)),
        ("a", 3, ("Ann", "Ben")),
        ("never", 0, ()),
    ]
    assert found[0].last_changed_at is not None
    assert found[2].last_changed_at is None
    recent = await repositories.history(repository, head, ["a"], limit_commits=1)
    assert recent[0].commits == 1


async def test_publishing_adds_one_branch_and_touches_nothing_else(
    repositories: Repositories, project: GitProject
) -> None:
    base = CommitId(project.commit({"a": "1"}))
    project.write("a", "unsaved work")
    repository = await repositories.open(str(project.folder))
    ours = await repositories.commit(repository, parent=base, changes=[FileChange("a", b"2")], message="x", run_id=RUN)
    before = project.picture()

    assert await repositories.published(repository, "eaa/fix") is None
    await repositories.publish(repository, ours, "eaa/fix")
    await repositories.publish(repository, ours, "eaa/fix")

    assert await repositories.published(repository, "eaa/fix") == ours
    assert project.git("rev-parse", "eaa/fix") == ours
    after = project.picture()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert all(
        path.startswith((".git/objects/", ".git/refs/heads/eaa", ".git/logs/refs/heads/eaa")) for path in changed
    )


async def test_a_branch_that_points_elsewhere_is_never_moved(repositories: Repositories, project: GitProject) -> None:
    base = CommitId(project.commit({"a": "1"}))
    project.git("branch", "taken")
    repository = await repositories.open(str(project.folder))
    ours = await repositories.commit(repository, parent=base, changes=[FileChange("a", b"2")], message="x", run_id=RUN)

    with pytest.raises(BranchTaken):
        await repositories.publish(repository, ours, "taken")

    assert project.git("rev-parse", "taken") == base


@pytest.mark.parametrize("branch", ["a..b", "a b", "-x", "a.lock", "refs/../x", "HEAD:x", ""])
async def test_a_branch_with_an_impossible_name_is_refused(
    repositories: Repositories, project: GitProject, branch: str
) -> None:
    base = CommitId(project.commit({"a": "1"}))
    repository = await repositories.open(str(project.folder))

    with pytest.raises(RepositoryUnusable):
        await repositories.publish(repository, base, branch)


async def test_a_reference_that_the_mirror_does_not_follow_can_be_fetched(
    repositories: Repositories, project: GitProject
) -> None:
    base = project.commit({"a": "1"})
    repository = await repositories.open(str(project.folder))
    project.git("checkout", "-q", "--detach")
    proposed = project.commit({"a": "2"})
    project.git("update-ref", "refs/pull/1/head", proposed)
    project.git("checkout", "-q", "main")

    fetched = await repositories.fetch(repository, "refs/pull/1/head")

    assert fetched == proposed
    assert await repositories.read_file(repository, fetched, "a") == b"2"
    assert await repositories.merge_base(repository, CommitId(base), fetched) == base
    with pytest.raises(RevisionNotFound):
        await repositories.fetch(repository, "refs/pull/2/head")


async def test_another_place_of_the_same_history_can_be_fetched_from_and_published_to(
    repositories: Repositories, project: GitProject, tmp_path: Path
) -> None:
    base = CommitId(project.commit({"a": "1"}))
    other = GitProject(tmp_path / "other")
    other.git("fetch", "-q", str(project.folder), "main")
    other.git("checkout", "-q", "-B", "main", "FETCH_HEAD")
    proposed = other.commit({"b": "2"})
    repository = await repositories.open(str(project.folder))
    there = replace(repository, source=str(other.folder))

    fetched = await repositories.fetch(there, "refs/heads/main")
    await repositories.publish(there, base, "eaa/fix")

    assert fetched == proposed
    assert await repositories.merge_base(repository, base, fetched) == base
    assert await repositories.published(there, "eaa/fix") == base
    assert await repositories.published(repository, "eaa/fix") is None


async def test_the_remote_origin_of_a_folder_is_told(repositories: Repositories, project: GitProject) -> None:
    project.commit({"a": "1"})
    without = await repositories.inspect(project.folder)
    project.git("remote", "add", "origin", "https://github.test/octo/shop.git")

    assert without.origin is None
    assert (await repositories.inspect(project.folder)).origin == "https://github.test/octo/shop.git"
