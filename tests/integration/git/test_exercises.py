"""Repositories of exercises, with real git."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.git.exercises import ExerciseRepositories, repository_path
from eaa.domain.errors import RepositoryUnusable
from eaa.domain.exercise import Exercise, HiddenTests, SourceKind
from eaa.domain.repository import FileChange, FileMode


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
    ran = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A repository with three commits, and a branch that is ahead."""
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in (1, 2, 3):
        (folder / "a.txt").write_text(f"{number}\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", f"Commit {number}")
    return folder


def make_exercise(source: Path, kind: SourceKind, base: str | None = None) -> Exercise:
    return Exercise("one", "Mend it", str(source), kind, base, None, HiddenTests())


async def test_what_came_after_the_base_is_not_in_the_copy(tmp_path: Path, source: Path) -> None:
    base, ahead = git(source, "rev-parse", "HEAD~1"), git(source, "rev-parse", "HEAD")
    copy = tmp_path / "copies" / "one.git"

    await ExerciseRepositories(home=tmp_path / "home").lay_out(make_exercise(source, SourceKind.REPOSITORY, base), copy)

    assert git(copy, "rev-parse", "main") == base
    with pytest.raises(subprocess.CalledProcessError):
        git(copy, "cat-file", "-e", ahead)


async def test_a_bundle_gives_its_base_and_nothing_after_it(tmp_path: Path, source: Path) -> None:
    base, ahead = git(source, "rev-parse", "HEAD~1"), git(source, "rev-parse", "HEAD")
    git(source, "bundle", "create", "--quiet", str(tmp_path / "all.bundle"), "--all", "HEAD")
    copy = tmp_path / "copies" / "one.git"
    exercise = make_exercise(tmp_path / "all.bundle", SourceKind.BUNDLE, base)

    await ExerciseRepositories(home=tmp_path / "home").lay_out(exercise, copy)

    assert git(copy, "rev-parse", "main") == base
    with pytest.raises(subprocess.CalledProcessError):
        git(copy, "cat-file", "-e", ahead)


async def test_the_files_of_a_folder_are_the_same_commit_every_time(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "a.py").write_text("1\n")
    repositories = ExerciseRepositories(home=tmp_path / "home")
    exercise = make_exercise(folder, SourceKind.FOLDER)

    await repositories.lay_out(exercise, tmp_path / "one.git")
    (folder / "__pycache__" / "a.pyc").write_bytes(b"left behind")
    await repositories.lay_out(exercise, tmp_path / "two.git")

    assert git(tmp_path / "one.git", "rev-parse", "main") == git(tmp_path / "two.git", "rev-parse", "main")
    assert git(tmp_path / "one.git", "ls-tree", "-r", "--name-only", "main") == "a.py"
    assert sorted(path.name for path in folder.iterdir()) == ["__pycache__", "a.py"]


async def test_a_patch_becomes_files_that_the_repository_never_holds(tmp_path: Path, source: Path) -> None:
    (source / "a.txt").write_text("4\n")
    (source / "new").mkdir()
    (source / "new/b.sh").write_text("true\n")
    (source / "new/b.sh").chmod(0o755)
    git(source, "add", "--all")
    patch = git(source, "diff", "--cached") + "\n"
    copy = tmp_path / "one.git"
    repositories = ExerciseRepositories(home=tmp_path / "home")
    await repositories.lay_out(make_exercise(source, SourceKind.REPOSITORY), copy)
    before = git(copy, "count-objects", "-v")

    files = await repositories.patched(copy, patch.encode())

    assert files == (
        FileChange("a.txt", b"4\n", FileMode.REGULAR),
        FileChange("new/b.sh", b"true\n", FileMode.EXECUTABLE),
    )
    assert git(copy, "count-objects", "-v") == before


async def test_what_cannot_be_laid_out_is_said_and_leaves_nothing(tmp_path: Path, source: Path) -> None:
    repositories = ExerciseRepositories(home=tmp_path / "home")
    exercise = make_exercise(source, SourceKind.REPOSITORY, "0" * 40)

    with pytest.raises(RepositoryUnusable):
        await repositories.lay_out(exercise, tmp_path / "copies" / "one.git")
    with pytest.raises(RepositoryUnusable):
        await repositories.lay_out(replace(exercise, source=str(tmp_path)), tmp_path / "copies" / "one.git")

    assert list((tmp_path / "copies").iterdir()) == []


def test_every_name_has_a_place_of_its_own_below_the_folder(tmp_path: Path) -> None:
    places = {repository_path(tmp_path, name, "team") for name in ("a/b", "a-b", "..", ".", "a b")}

    assert len(places) == 5
    assert all(place.parents[1] == tmp_path for place in places)
