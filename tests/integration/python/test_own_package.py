"""The project itself, installed as its users' tests expect, with its code out of the workspace."""

import sys
from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.workspaces import GitWorkspaces
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.ownership import sandbox_uid
from eaa.adapters.toolchains.python.toolchain import PythonToolchain
from eaa.domain.environment import Consent, EnvironmentRequest
from eaa.domain.ids import CommitId
from eaa.domain.test_report import Outcome
from eaa.ports.toolchain import TestRun
from tests.support.git_project import GitProject
from tests.support.sandbox import require_bubblewrap
from tests.support.tiny_wheel import TINY_REQUIREMENT, TINY_WHEEL, tiny_wheel

pytestmark = pytest.mark.sandbox
_CLI = "def main():\n    print('floor', 2)\n"
_TEST = """
import subprocess, unittest
from importlib import metadata
import shop, shop.cli

class Installed(unittest.TestCase):
    def test_metadata(self):
        self.assertEqual(metadata.version("shop-floor"), "3.4")
        [point] = [one for one in metadata.distribution("shop-floor").entry_points if one.name == "shop"]
        self.assertIs(point.load(), shop.cli.main)
    def test_script(self):
        self.assertEqual(subprocess.run(["shop"], capture_output=True, text=True, check=True).stdout, "floor 2\\n")
    def test_code_is_that_of_the_workspace(self):
        self.assertEqual(shop.__file__, "/src/src/shop/__init__.py")
"""
_GENERATED = """
class Generated(unittest.TestCase):
    def test_generated(self):
        from shop import _version
        self.assertEqual(_version.version, "3.4")
"""
_PYPROJECT = """
[project]
name = "shop-floor"
{version}
[project.scripts]
shop = "shop.cli:main"
"""
_OWN_BACKEND = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
# A build backend in the tree needs no registry; it does what the well-known ones do.
_BACKEND = """
import os, pathlib, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    version = os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"]
    pathlib.Path("src/shop/_version.py").write_text(f"version = {version!r}\\n")
    name = f"shop_floor-{version}-py3-none-any.whl"
    info = f"shop_floor-{version}.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("shop_floor.pth", str(pathlib.Path("src").resolve()))
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: shop-floor\\nVersion: {version}\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nshop = shop.cli:main\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""


async def _run(folder: Path, files: dict[str, bytes | str], consent: Consent) -> tuple[dict[str, Outcome], str]:
    """Return what became of the tests of a change of the project, and the notes of the environment of its base."""
    require_bubblewrap()
    project = GitProject(folder / "project")
    base = CommitId(project.commit({"src/shop/__init__.py": "", **files, "src/shop/cli.py": "def main(): 1/0\n"}))
    head = CommitId(project.commit({"src/shop/cli.py": _CLI}))
    home = folder / "home"
    repositories = GitRepositories(home=home)
    workspaces = GitWorkspaces(home=home, owner_uid=sandbox_uid())
    toolchain = PythonToolchain(
        repositories=repositories,
        workspaces=workspaces,
        sandbox=BubblewrapSandbox(),
        progress=NoProgress(),
        home=home,
        fallback_interpreters=(Path(sys.executable),),
        owner_uid=sandbox_uid(),
    )
    repository = await repositories.open(str(project.folder))
    found = await toolchain.detect(repository, base)
    assert found is not None
    environment = await toolchain.prepare(found, repository, base, EnvironmentRequest(consent=consent))
    async with workspaces.open(repository, head) as workspace:
        run = TestRun(workspace=workspace, environment=environment, suite=found.suites[0])
        report = await toolchain.run_tests(run)
    outcomes = {result.test.rpartition(".")[2]: result.outcome for result in report.results}
    assert set(outcomes.values()) <= {Outcome.PASSED}, report.results
    return outcomes, "\n".join((environment.recipe, *environment.notes))


async def test_a_borrowed_interpreter_sees_metadata_and_scripts(tmp_path: Path) -> None:
    pyproject = _PYPROJECT.format(version='version = "3.4"')
    outcomes, said = await _run(tmp_path, {"pyproject.toml": pyproject, "test_it.py": _TEST}, Consent.NOT_GIVEN)
    assert said == "fallback interpreter"
    assert len(outcomes) == 3


async def test_a_built_environment_has_the_project_and_the_files_that_its_build_makes(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "pyproject.toml": _PYPROJECT.format(version='dynamic = ["version"]') + _OWN_BACKEND,
        "PKG-INFO": "Name: shop-floor\nVersion: 3.4\n",
        "backend.py": _BACKEND,
        "requirements.txt": TINY_REQUIREMENT,
        TINY_WHEEL: tiny_wheel(),
        "test_it.py": _TEST + _GENERATED,
    }
    outcomes, said = await _run(tmp_path, files, Consent.GIVEN)
    assert "made by the build, kept in the environment: shop/_version.py" in said
    assert len(outcomes) == 4
