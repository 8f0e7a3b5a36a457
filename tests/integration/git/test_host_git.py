"""Host git with real repositories: nothing of theirs ever runs, homes are shared, servers are pushed to."""

import asyncio
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.sandbox.kernel import CLONE_NEWNS, MS_PRIVATE, MS_REC, mount, unshare
from eaa.domain.errors import BranchTaken, DiskFull, RepositoryUnusable
from eaa.domain.ids import CommitId, RunId
from eaa.domain.repository import FileChange
from tests.support.git_project import GitProject
from tests.support.git_server import git_server

RUN = RunId("run_1")
HOOKS = """applypatch-msg fsmonitor-watchman post-checkout post-commit post-index-change post-merge post-receive
    post-update pre-auto-gc pre-commit pre-push pre-receive proc-receive push-to-checkout
    reference-transaction update"""


def plant_programs(project: GitProject, mark: Path) -> None:
    """Let the repository name a program that leaves a mark in every way that git knows."""
    for hook in HOOKS.split():
        file = project.folder / ".git/hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {mark}\n")
        file.chmod(0o755)
    program = f"sh -c 'touch {mark}; cat'"
    for name in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv"):
        project.git("config", name, program)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "gpg.program", "core.editor"):
        project.git("config", name, program)
    for name in ("uploadpack.packObjectsHook", "credential.helper", "core.askPass", "core.alternateRefsCommand"):
        project.git("config", name, program)
    (project.folder / ".git/info").mkdir(exist_ok=True)
    (project.folder / ".git/info/attributes").write_text("* filter=evil diff=evil\n")


async def test_no_program_that_a_repository_names_is_ever_run(tmp_path: Path) -> None:
    project, mark = GitProject(tmp_path / "project"), tmp_path / "mark"
    base = CommitId(project.commit({"a": "1\n", ".gitattributes": "* filter=evil diff=evil text=auto\n"}))
    plant_programs(project, mark)
    project.write("a", "unsaved\n")
    repositories, workspaces = GitRepositories(home=tmp_path / "home"), GitWorkspaces(home=tmp_path / "home")

    await repositories.inspect(project.folder)
    repository = await repositories.open(str(project.folder))
    ours = await repositories.commit(
        repository, parent=base, changes=[FileChange("a", b"2\n")], message="x", run_id=RUN
    )
    await repositories.diff(repository, base, ours)
    await repositories.diff_text(repository, base, ours)
    async with workspaces.open(repository, ours) as workspace:
        (workspace.root / "a").write_text("3\n")
        await workspaces.changes(workspace)
    await repositories.publish(repository, ours, "eaa/fix")

    assert await repositories.published(repository, "eaa/fix") == ours
    assert not mark.exists()


async def test_the_planted_programs_would_run_under_a_careless_git(tmp_path: Path) -> None:
    project, mark = GitProject(tmp_path / "project"), tmp_path / "mark"
    project.commit({"a": "1\n"})
    plant_programs(project, mark)
    project.write("a", "unsaved\n")

    project.git("status")

    assert mark.exists()


async def test_a_linked_work_tree_stands_for_its_repository(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "project")
    base = CommitId(project.commit({"a": "1"}))
    project.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    repositories = GitRepositories(home=tmp_path / "home")

    state = await repositories.inspect(tmp_path / "side")
    repository = await repositories.open(str(tmp_path / "side"))
    await repositories.publish(repository, base, "eaa/fix")

    assert state.branch == "side"
    assert repository.default_branch == "side"
    assert project.git("rev-parse", "eaa/fix") == base


async def test_a_branch_of_a_remote_can_be_the_base(tmp_path: Path) -> None:
    upstream = GitProject(tmp_path / "upstream")
    head = upstream.commit({"a": "1"})
    upstream.git("branch", "feature")
    upstream.git("clone", "-q", ".", str(tmp_path / "clone"))
    repositories = GitRepositories(home=tmp_path / "home")

    repository = await repositories.open(str(tmp_path / "clone"))

    assert (await repositories.resolve(repository, "origin/feature")).id == head


async def test_a_server_is_mirrored_and_pushed_to_without_force(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "project")
    base = CommitId(project.commit({"a": "1"}))
    project.git("clone", "-q", "--bare", ".", str(tmp_path / "served/shop.git"))
    repositories = GitRepositories(home=tmp_path / "home")
    with git_server(tmp_path / "served") as address:
        repository = await repositories.open(f"{address}/shop.git")
        ours = await repositories.commit(
            repository, parent=base, changes=[FileChange("a", b"2")], message="x", run_id=RUN
        )

        await repositories.publish(repository, ours, "eaa/fix")
        await repositories.publish(repository, ours, "eaa/fix")

        assert repository.default_branch == "main"
        assert await repositories.published(repository, "eaa/fix") == ours
        with pytest.raises(BranchTaken):
            await repositories.publish(repository, base, "eaa/fix")
        with pytest.raises(RepositoryUnusable):
            await repositories.open(f"{address}/nothing.git")


async def test_many_openings_at_once_give_one_mirror(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "project")
    project.commit({"a": "1"})
    repositories = GitRepositories(home=tmp_path / "home")

    opened = await asyncio.gather(*(repositories.open(str(project.folder)) for _ in range(6)))

    assert len(set(opened)) == 1
    assert len(list((tmp_path / "home/repositories").glob("*.git"))) == 1


def test_processes_share_a_home(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "project")
    base = project.commit({"a": "1"})
    code = f"""
        import asyncio
        from pathlib import Path
        from eaa.adapters.git.repositories import GitRepositories
        from eaa.domain.repository import FileChange
        async def main():
            repositories = GitRepositories(home=Path({str(tmp_path / "home")!r}))
            for _ in range(3):
                repository = await repositories.open({str(project.folder)!r})
                commit = await repositories.commit(
                    repository, parent={base!r}, changes=[FileChange("a", b"2")], message="x", run_id="run_1")
                await repositories.publish(repository, commit, "eaa/fix")
            print(commit)
        asyncio.run(main())
    """
    processes = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]

    printed = [process.communicate()[0].strip() for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert set(printed) == {project.git("rev-parse", "eaa/fix")}


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a disk that is full")
    project, home = GitProject(tmp_path / "project"), tmp_path / "home"
    project.commit({"big": os.urandom(3_000_000)})
    home.mkdir()

    def open_on_a_tiny_disk() -> None:
        # A mount namespace of this thread only; nobody else sees the tiny disk.
        unshare(CLONE_NEWNS)
        mount("", "/", flags=MS_REC | MS_PRIVATE)
        mount("tiny", str(home), kind="tmpfs", options="size=1m")
        asyncio.run(_open(home, project))

    async def _open(home: Path, project: GitProject) -> None:
        with pytest.raises(DiskFull):
            await GitRepositories(home=home).open(str(project.folder))

    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(open_on_a_tiny_disk).result()
