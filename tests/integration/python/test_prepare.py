"""Environments found and built with real interpreters in the real sandbox."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.ownership import sandbox_uid
from eaa.adapters.toolchains.python.detect import detect_project
from eaa.adapters.toolchains.python.environments import PythonEnvironments
from eaa.adapters.toolchains.python.running import run_tests
from eaa.domain.command import Command, CommandResult, Mount
from eaa.domain.environment import Consent, Environment, EnvironmentRequest
from eaa.domain.errors import ConsentMissing, EnvironmentMissing
from eaa.domain.ids import CommitId
from eaa.domain.test_report import Outcome
from eaa.ports.toolchain import TestRun
from tests.support.git_project import GitProject
from tests.support.python_world import make_suite
from tests.support.sandbox import require_bubblewrap
from tests.support.tiny_wheel import TINY_REQUIREMENT, tiny_wheel

pytestmark = pytest.mark.usefixtures("_bubblewrap")
_PYTEST = "def test_a():\n    pass\n"
_UNITTEST = "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        pass\n"
_CONSENT = EnvironmentRequest(consent=Consent.GIVEN)


@pytest.fixture
def _bubblewrap() -> None:
    require_bubblewrap()


class _Place:
    def __init__(self, folder: Path, files: dict[str, bytes | str]) -> None:
        self.project = GitProject(folder / "project")
        self.commit = CommitId(self.project.commit(files))
        self.folder = folder
        self.repositories = GitRepositories(home=folder / "home")
        self.fallbacks: tuple[Path, ...] = (Path(sys.executable),)
        self.active: Path | None = None

    async def prepare(self, request: EnvironmentRequest) -> Environment:
        repository = await self.repositories.open(str(self.project.folder))
        project = await detect_project(self.repositories, repository, self.commit)
        assert project is not None
        environments = PythonEnvironments(
            repositories=self.repositories,
            sandbox=BubblewrapSandbox(),
            progress=NoProgress(),
            home=self.folder / "home",
            fallback_interpreters=self.fallbacks,
            active_environment=self.active,
            owner_uid=sandbox_uid(),
        )
        return await environments.prepare(project, repository, self.commit, request)

    async def run(self, environment: Environment, *words: str) -> CommandResult:
        root = self.folder / "workspace"
        root.mkdir(exist_ok=True)
        mounts = tuple(Mount(Path(source), target) for source, target in environment.mounts)
        command = Command(
            argv=(environment.interpreter, *words), mounts=mounts, environment=dict(environment.variables)
        )
        return await BubblewrapSandbox().run(command, root=root)


async def test_an_interpreter_that_has_everything_is_used_without_consent(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _PYTEST, "requirements.txt": "pytest>=7\n"})

    environment = await place.prepare(EnvironmentRequest(test_command="pytest -q"))

    assert environment.recipe == "fallback interpreter"
    assert environment.interpreter_version == ".".join(map(str, sys.version_info[:3]))
    variables = dict(environment.variables)
    assert (variables["PYTHONPATH"], variables["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]) == ("/src", "1")
    assert variables["PATH"].startswith(str(Path(sys.executable).parent))
    assert environment.test_command == "pytest -q"
    assert (await place.run(environment, "-c", "import pytest")).is_success


async def test_plugins_beside_eaa_are_loaded_only_when_the_project_declares_them(tmp_path: Path) -> None:
    test = "async def test_a():\n    pass\n"
    settings = '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'
    group = '[dependency-groups]\ntest = ["pytest-asyncio"]\n'
    silent = _Place(tmp_path / "silent", {"test_a.py": test, "pyproject.toml": settings})
    declaring = _Place(tmp_path / "declaring", {"test_a.py": test, "pyproject.toml": settings + group})

    assert await _outcomes(silent, tmp_path / "silent") == [Outcome.FAILED]
    assert await _outcomes(declaring, tmp_path / "declaring") == [Outcome.PASSED]


async def test_the_checkouts_own_environment_comes_first_and_has_the_same_key(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _UNITTEST, ".gitignore": ".venv\n"})
    fallback = await place.prepare(EnvironmentRequest())
    _make_environment(place.project.folder / ".venv")

    own = await place.prepare(EnvironmentRequest())

    assert own.recipe == "project .venv"
    assert own.interpreter == str(place.project.folder / ".venv/bin/python")
    assert own.key == fallback.key
    result = await place.run(own, "-c", "import sys, json; print(sys.prefix)")
    assert result.stdout.text().strip() == str(place.project.folder / ".venv")


async def test_an_environment_that_lacks_a_requirement_is_passed_over(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _UNITTEST, "requirements.txt": "no-such-thing-anywhere>=1\n"})
    _make_environment(tmp_path / "active")
    place.active = tmp_path / "active"

    with pytest.raises(ConsentMissing) as caught:
        await place.prepare(EnvironmentRequest())

    assert caught.value.recipe == "pip install 'no-such-thing-anywhere>=1'"


async def test_a_given_interpreter_is_used_or_said_to_be_missing(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _PYTEST})
    _make_environment(tmp_path / "bare")

    environment = await place.prepare(EnvironmentRequest(interpreter=sys.executable))

    assert environment.recipe == "--python"
    with pytest.raises(EnvironmentMissing, match="no interpreter at") as caught:
        await place.prepare(EnvironmentRequest(interpreter="/nonexistent/python"))
    assert "--python PATH" in caught.value.hint
    with pytest.raises(EnvironmentMissing, match="no usable pytest"):
        await place.prepare(EnvironmentRequest(interpreter=str(tmp_path / "bare")))
    with pytest.raises(EnvironmentMissing, match="does not run"):
        await place.prepare(EnvironmentRequest(interpreter=str(place.project.folder / "a.py")))


async def test_a_setup_command_builds_a_fresh_environment_once(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _UNITTEST, "set_up.py": _SET_UP})
    command = "python set_up.py"
    with pytest.raises(ConsentMissing):
        await place.prepare(EnvironmentRequest(setup_command=command))

    environment = await place.prepare(replace(_CONSENT, setup_command=command))

    assert environment.recipe == command
    assert (await place.run(environment, "-c", "import installed")).is_success
    folder = tmp_path / "home/environments"
    assert sorted(path.name for path in folder.iterdir()) == [environment.key]
    built_at = (folder / environment.key).stat().st_mtime_ns
    again = await place.prepare(replace(_CONSENT, setup_command=command))
    assert again == environment
    assert (folder / environment.key).stat().st_mtime_ns == built_at


async def test_a_failing_setup_command_leaves_nothing_behind(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _UNITTEST})

    with pytest.raises(EnvironmentMissing, match="cannot find the frobnicator"):
        await place.prepare(replace(_CONSENT, setup_command="echo cannot find the frobnicator >&2; exit 3"))

    assert list((tmp_path / "home/environments").iterdir()) == []


async def test_no_python_of_the_wanted_version(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"a.py": "", "pyproject.toml": '[project]\nrequires-python = ">=3.99"\n'}
    place = _Place(tmp_path, files)

    with pytest.raises(EnvironmentMissing, match=r"Python >=3\.99"):
        await place.prepare(_CONSENT)


async def test_declared_requirements_are_installed_with_consent(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"test_a.py": _UNITTEST, "requirements.txt": TINY_REQUIREMENT}
    place = _Place(tmp_path, {**files, "tiny-1.0-py3-none-any.whl": tiny_wheel()})
    with pytest.raises(ConsentMissing):
        await place.prepare(EnvironmentRequest())

    environment = await place.prepare(_CONSENT)

    assert environment.recipe == "pip install 'tiny @ file:///src/tiny-1.0-py3-none-any.whl'"
    assert environment.interpreter == str(tmp_path / f"home/environments/{environment.key}/bin/python")
    assert (await place.run(environment, "-c", "import tiny")).is_success


async def test_versions_of_a_lock_file_are_those_installed_or_told(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"test_a.py": _UNITTEST, "requirements.txt": TINY_REQUIREMENT}
    files["tiny-1.0-py3-none-any.whl"] = tiny_wheel()
    fits = _Place(tmp_path / "fits", {**files, "uv.lock": '[[package]]\nname = "tiny"\nversion = "1.0"\n'})
    strays = _Place(tmp_path / "strays", {**files, "pylock.toml": '[[packages]]\nname = "tiny"\nversion = "2.0"\n'})

    pinned, given_up = await fits.prepare(_CONSENT), await strays.prepare(_CONSENT)

    assert pinned.notes == ("installed as uv.lock says: tiny",)
    assert given_up.notes == (
        "not as in pylock.toml, because it could not be installed here: tiny==2.0",
        "not the versions of pylock.toml: tiny 1.0 instead of 2.0",
    )
    assert (await strays.prepare(_CONSENT)).notes == given_up.notes
    assert (await strays.run(given_up, "-c", "import tiny")).is_success


async def test_a_recipe_of_the_repository_is_used_with_consent(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "test_a.py": _UNITTEST,
        ".eaa/environment.toml": 'setup_command = "pip install ./tiny-1.0-py3-none-any.whl"\ntest_command = "make t"\n',
        "tiny-1.0-py3-none-any.whl": tiny_wheel(),
    }
    place = _Place(tmp_path, files)
    with pytest.raises(ConsentMissing, match=r"pip install \./tiny"):
        await place.prepare(EnvironmentRequest())

    environment = await place.prepare(_CONSENT)

    assert environment.test_command == "make t"
    assert (await place.run(environment, "-c", "import tiny")).is_success


async def test_a_requirement_that_cannot_be_installed_is_told(tmp_path: Path) -> None:
    requirements = "tiny @ file:///src/no-such-1.0-py3-none-any.whl\n"
    place = _Place(tmp_path, {"test_a.py": _UNITTEST, "requirements.txt": requirements})

    with pytest.raises(EnvironmentMissing, match=r"pip install failed .*: ERROR: .*no-such") as caught:
        await place.prepare(_CONSENT)

    assert "requirements.txt" in caught.value.hint


async def test_a_setup_command_that_forgets_pytest_is_told(tmp_path: Path) -> None:
    place = _Place(tmp_path, {"a.py": "", "test_a.py": _PYTEST})

    with pytest.raises(EnvironmentMissing, match="did not install pytest"):
        await place.prepare(replace(_CONSENT, setup_command="true"))


async def _outcomes(place: _Place, folder: Path) -> list[Outcome]:
    environment = await place.prepare(EnvironmentRequest())
    repository = await place.repositories.open(str(place.project.folder))
    workspaces = GitWorkspaces(home=folder / "home", owner_uid=sandbox_uid())
    async with workspaces.open(repository, place.commit) as workspace:
        run = TestRun(workspace=workspace, environment=environment, suite=make_suite())
        report = await run_tests(run, sandbox=BubblewrapSandbox(), workspaces=workspaces)
    return [result.outcome for result in report.results]


def _make_environment(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, env=dict(os.environ))


_SET_UP = """
import sysconfig, pathlib
pathlib.Path(sysconfig.get_paths()["purelib"], "installed.py").write_text("")
"""
