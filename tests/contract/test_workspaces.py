"""What every maker of workspaces promises."""

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.domain.errors import FileNotInCommit, InvalidRequest, RevisionNotFound, UnsafeTree
from eaa.domain.ids import CommitId
from eaa.domain.repository import FileChange, FileMode
from eaa.domain.workspace import Workspace
from eaa.ports.workspaces import Workspaces
from tests.support.git_project import GitProject

ODD_NAME = 'a\nb "c" \udcff.txt'
FILES: dict[str, bytes | str] = {
    "README": "A project.\n",
    "package/module.py": "x = 1\n",
    ODD_NAME: b"\xff\n",
    ".gitignore": "build/\n*.log\n",
    ".gitattributes": "* text eol=crlf filter=shout ident\n",
}


@pytest.fixture(params=["git"])
def workspaces(tmp_path: Path) -> Workspaces:
    return GitWorkspaces(home=tmp_path / "home")


@pytest.fixture
async def workspace(workspaces: Workspaces, tmp_path: Path) -> AsyncIterator[Workspace]:
    project = GitProject(tmp_path / "project")
    project.write("run.sh", "#!/bin/sh\n")
    (project.folder / "run.sh").chmod(0o755)
    (project.folder / "link").symlink_to("README")
    # With the attributes obeyed, every line of the checkout would end in CRLF.
    commit = CommitId(project.commit(FILES))
    repository = await GitRepositories(home=tmp_path / "home").open(str(project.folder))
    async with workspaces.open(repository, commit) as opened:
        yield opened


async def test_a_workspace_holds_the_files_as_they_were_committed(workspace: Workspace) -> None:
    assert (workspace.root / "package/module.py").read_bytes() == b"x = 1\n"
    assert (workspace.root / "README").read_bytes() == b"A project.\n"
    assert (workspace.root / os.fsdecode(os.fsencode(ODD_NAME))).exists()
    assert (workspace.root / "run.sh").stat().st_mode & 0o111
    assert (workspace.root / "link").readlink() == Path("README")


async def test_a_workspace_has_no_remote_no_hooks_and_no_other_reference(workspace: Workspace) -> None:
    git = workspace.root / ".git"

    assert "remote" not in (git / "config").read_text()
    assert not (git / "hooks").exists()
    assert [path for path in (git / "refs").rglob("*") if path.is_file()] == []
    assert (git / "HEAD").read_text().strip() == workspace.commit


async def test_the_folder_is_gone_at_the_end_whatever_was_done_to_it(
    workspaces: Workspaces, workspace: Workspace
) -> None:
    async with workspaces.open(workspace.repository, workspace.commit) as other:
        root = other.root
        (root / "closed").mkdir()
        (root / "closed/file").write_text("x")
        (root / "closed").chmod(0)

    assert workspace.root.exists()
    assert not root.exists()


async def test_nothing_opens_at_a_commit_that_is_not_there(workspaces: Workspaces, workspace: Workspace) -> None:
    with pytest.raises(RevisionNotFound):
        async with workspaces.open(workspace.repository, CommitId("1" * 40)):
            pass


async def test_an_untouched_workspace_has_no_changes(workspaces: Workspaces, workspace: Workspace) -> None:
    os.utime(workspace.root / "README")

    assert await workspaces.changes(workspace) == ()


async def test_changes_are_new_changed_and_removed_files_without_ignored_ones(
    workspaces: Workspaces, workspace: Workspace
) -> None:
    root = workspace.root
    (root / "README").write_bytes(b"Another\r\n")
    (root / "run.sh").chmod(0o644)
    (root / "package/module.py").unlink()
    (root / "link").unlink()
    (root / "link").symlink_to("package")
    for path in ("build/out", "new/deep/file.txt", "package/x.log", "new/__pycache__/m.pyc", ":(odd)"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"made")

    changes = await workspaces.changes(workspace)

    assert list(changes) == [
        FileChange(":(odd)", b"made"),
        FileChange("README", b"Another\r\n"),
        FileChange("link", b"package", FileMode.SYMLINK),
        FileChange("new/deep/file.txt", b"made"),
        FileChange("package/module.py", None),
        FileChange("run.sh", b"#!/bin/sh\n", FileMode.REGULAR),
    ]


async def test_an_edit_that_keeps_size_and_time_is_seen(workspaces: Workspaces, workspace: Workspace) -> None:
    file = workspace.root / "README"
    before = file.stat()
    file.write_bytes(b"B project.\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    changes = await workspaces.changes(workspace)

    assert [change.path for change in changes] == ["README"]


async def test_a_folder_that_became_a_link_is_a_removal_and_a_link(
    workspaces: Workspaces, workspace: Workspace
) -> None:
    (workspace.root / "package/module.py").unlink()
    (workspace.root / "package").rmdir()
    (workspace.root / "package").symlink_to("build")

    changes = await workspaces.changes(workspace)

    assert list(changes) == [
        FileChange("package", b"build", FileMode.SYMLINK),
        FileChange("package/module.py", None),
    ]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "package/../../x", ".git/config", "package/../.GIT"])
async def test_a_link_that_leaves_the_tree_is_refused(
    workspaces: Workspaces, workspace: Workspace, target: str
) -> None:
    (workspace.root / "way").symlink_to(target)

    with pytest.raises(UnsafeTree):
        await workspaces.changes(workspace)


@pytest.mark.parametrize("path", ["pipe", "README", ".gitignore", "package/.gitignore", "new/pipe", "new/.gitignore"])
async def test_a_pipe_is_refused_and_never_waited_for(workspaces: Workspaces, workspace: Workspace, path: str) -> None:
    (workspace.root / "new").mkdir()
    (workspace.root / path).unlink(missing_ok=True)
    os.mkfifo(workspace.root / path)

    with pytest.raises(UnsafeTree):
        await workspaces.changes(workspace)


async def test_rules_that_change_between_two_looks_count(workspaces: Workspaces, workspace: Workspace) -> None:
    (workspace.root / "trace.log").write_text("t\n")
    (workspace.root / "build").mkdir()
    (workspace.root / "build/made.txt").write_text("m\n")
    (workspace.root / "new").mkdir()
    (workspace.root / "new/kept.txt").write_text("k\n")
    first = {change.path for change in await workspaces.changes(workspace)}

    (workspace.root / ".gitignore").write_text("")
    without_rules = {change.path for change in await workspaces.changes(workspace)}
    (workspace.root / "new/.gitignore").write_text("kept.txt\n")
    with_others = {change.path for change in await workspaces.changes(workspace)}
    (workspace.root / "new/.gitignore").unlink()

    assert first == {"new/kept.txt"}
    assert without_rules == {".gitignore", "trace.log", "build/made.txt", "new/kept.txt"}
    assert with_others == {".gitignore", "trace.log", "build/made.txt", "new/.gitignore"}
    assert {change.path for change in await workspaces.changes(workspace)} == without_rules


async def test_a_file_that_becomes_a_folder_is_looked_at_anew(workspaces: Workspaces, workspace: Workspace) -> None:
    (workspace.root / "build").write_text("only a folder of this name is ignored\n")
    first = [change.path for change in await workspaces.changes(workspace)]
    (workspace.root / "build").unlink()
    (workspace.root / "build").mkdir()
    (workspace.root / "build/made.txt").write_text("m\n")

    assert first == ["build"]
    assert await workspaces.changes(workspace) == ()


async def test_a_socket_in_an_ignored_place_does_no_harm(workspaces: Workspaces, workspace: Workspace) -> None:
    (workspace.root / "build").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        folder = os.open(workspace.root / "build", os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{folder}/socket")
        os.close(folder)

    assert await workspaces.changes(workspace) == ()


@pytest.mark.parametrize("path", ["nested/.git/HEAD", "package/.git", "nested/.GIT/config"])
async def test_a_nested_repository_is_refused(workspaces: Workspaces, workspace: Workspace, path: str) -> None:
    (workspace.root / path).parent.mkdir(parents=True, exist_ok=True)
    (workspace.root / path).write_text("gitdir: /elsewhere\n")

    with pytest.raises(UnsafeTree, match="nested repository"):
        await workspaces.changes(workspace)


async def test_a_submodule_stays_an_empty_folder_and_is_no_change(workspaces: Workspaces, tmp_path: Path) -> None:
    project = GitProject(tmp_path / "other")
    project.commit({"a": "1"})
    project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor")
    project.git("-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "submodule")
    repository = await GitRepositories(home=tmp_path / "home").open(str(project.folder))

    async with workspaces.open(repository, CommitId(project.git("rev-parse", "HEAD"))) as opened:
        assert list((opened.root / "vendor").iterdir()) == []
        assert await workspaces.changes(opened) == ()
        (opened.root / "vendor/file").write_text("x")
        with pytest.raises(UnsafeTree, match="submodule"):
            await workspaces.changes(opened)


async def test_files_are_written_linked_and_removed(workspaces: Workspaces, workspace: Workspace) -> None:
    await workspaces.write(
        workspace,
        [
            FileChange("new/deep/tool", b"#!/bin/sh\n", FileMode.EXECUTABLE),
            FileChange("README", b"Mended\n"),
            FileChange("link", None),
            FileChange("nothing/here", None),
            FileChange("package/module.py", None),
            FileChange("package/to", b"../README", FileMode.SYMLINK),
        ],
    )

    assert (workspace.root / "new/deep/tool").stat().st_mode & 0o777 == 0o755
    assert (workspace.root / "README").read_bytes() == b"Mended\n"
    assert not (workspace.root / "link").is_symlink()
    assert not (workspace.root / "package/module.py").exists()
    assert (workspace.root / "package/to").read_bytes() == b"Mended\n"
    assert {change.path for change in await workspaces.changes(workspace)} == {
        "README",
        "link",
        "new/deep/tool",
        "package/module.py",
        "package/to",
    }


async def test_writing_over_a_link_replaces_the_link(workspaces: Workspaces, workspace: Workspace) -> None:
    await workspaces.write(workspace, [FileChange("link", b"a file now")])

    assert (workspace.root / "README").read_bytes() == b"A project.\n"
    assert not (workspace.root / "link").is_symlink()


@pytest.mark.parametrize(
    "change",
    [
        FileChange("../x", b"x"),
        FileChange("/tmp/x", b"x"),
        FileChange(".git/config", b"x"),
        FileChange("way/x", b"x"),
        FileChange("way/x", None),
        FileChange("README/x", b"x"),
        FileChange("package", b"x"),
        FileChange("out", b"/etc", FileMode.SYMLINK),
        FileChange("sub", b"1", FileMode.GITLINK),
    ],
    ids=lambda change: f"{change.path}-{change.mode.name}-{change.content is None}",
)
async def test_nothing_is_written_outside(
    workspaces: Workspaces, workspace: Workspace, tmp_path: Path, change: FileChange
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("mine")
    (workspace.root / "way").symlink_to(outside)

    with pytest.raises(UnsafeTree):
        await workspaces.write(workspace, [change])

    assert (outside / "x").read_text() == "mine"


async def test_files_are_read_beneath_the_workspace(workspaces: Workspaces, workspace: Workspace) -> None:
    assert await workspaces.read(workspace, "package/module.py") == b"x = 1\n"
    assert await workspaces.read(workspace, "README", limit_bytes=3) == b"A p"
    assert await workspaces.read(workspace, "link") == b"A project.\n"
    assert await workspaces.read(workspace, ODD_NAME) == b"\xff\n"


async def test_reading_never_leaves_and_never_waits(
    workspaces: Workspaces, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (workspace.root / "way").symlink_to(tmp_path)
    (workspace.root / "leaf").symlink_to(tmp_path / "secret")
    (workspace.root / "up").symlink_to("../" * 20 + "etc/passwd")
    os.mkfifo(workspace.root / "pipe")

    for path in ("way/secret", "leaf", "up", "../../secret", "/etc/passwd", "pipe", "package", "nothing", "a\0b"):
        with pytest.raises(FileNotInCommit):
            await workspaces.read(workspace, path)


async def test_a_persons_folder_is_an_ordinary_repository_whose_changes_are_seen(
    workspaces: Workspaces, workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"

    mine = await workspaces.lay_out(workspace.repository, workspace.commit, folder)
    assert await workspaces.changes(mine) == ()
    assert not (folder / ".git/hooks").exists()
    (folder / "README").write_text("Mine.\n")
    (folder / "build").mkdir()
    (folder / "build/made").write_text("by a tool")
    GitProject(folder).commit(message="Mine")

    assert await workspaces.changes(mine) == (FileChange("README", b"Mine.\n"),)
    assert b"remote" not in (folder / ".git/config").read_bytes()


async def test_a_folder_with_something_in_it_is_not_laid_out_into(
    workspaces: Workspaces, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")

    with pytest.raises(InvalidRequest, match="something in"):
        await workspaces.lay_out(workspace.repository, workspace.commit, tmp_path / "mine")

    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
