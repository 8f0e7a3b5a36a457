"""Which environments a machine may use."""

from dataclasses import replace
from pathlib import Path

from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.unsafe import UnsafeSandbox
from eaa.adapters.toolchains.python.environments import PythonEnvironments
from tests.support.tiny_world import ENVIRONMENT, TinyRepositories


def _is_here(home: Path, *folders: Path) -> bool:
    environments = PythonEnvironments(
        repositories=TinyRepositories(), sandbox=UnsafeSandbox(), progress=NoProgress(), home=home
    )
    return environments.is_here(replace(ENVIRONMENT, mounts=tuple((str(folder), "/inside") for folder in folders)))


def test_folders_of_the_machine_and_of_the_own_home_are_here(tmp_path: Path) -> None:
    built, interpreter = tmp_path / "one/environments/abc", tmp_path / "usr"
    for folder in (built, interpreter):
        folder.mkdir(parents=True)

    assert _is_here(tmp_path / "one", built, interpreter)
    assert _is_here(tmp_path / "one")


def test_folders_that_are_missing_or_of_another_home_are_not(tmp_path: Path) -> None:
    built, interpreter = tmp_path / "one/environments/abc", tmp_path / "usr"
    for folder in (built, interpreter):
        folder.mkdir(parents=True)

    assert not _is_here(tmp_path / "two", built, interpreter)
    assert not _is_here(tmp_path / "one", built, tmp_path / "nothing")
