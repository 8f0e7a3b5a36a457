"""What a person reads when no test could run at all: the fault, its text and the next step."""

from dataclasses import replace
from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.toolchains.python.running import run_tests
from eaa.domain.environment import Environment
from eaa.domain.errors import SandboxUnavailable
from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, ReportState, TestReport
from tests.support.python_toolchain import make_lean_python
from tests.support.python_world import PythonWorld, make_suite, open_python_world, own_environment
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox

TEST = "def test_a():\n    assert True\n"
ASKED = (TestId("tests/test_a.py::test_a"),)


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap()


def lean_environment(python: Path) -> Environment:
    """Return an environment below one folder."""
    own = own_environment()
    folder = str(python.parent.parent)
    return replace(own, interpreter=str(python), mounts=((folder, folder), *own.mounts))


async def report(world: PythonWorld, environment: Environment, *, framework: str = "pytest") -> TestReport:
    """Run the one test."""
    run = world.run(
        environment=environment, suite=make_suite(framework, test_paths=("tests/test_a.py",)), tests=ASKED, timeout_s=60
    )
    return await run_tests(run, sandbox=world.sandbox, workspaces=world.workspaces)


@pytest.mark.parametrize(
    ("files", "said", "next_step"),
    [
        ({"tests/conftest.py": "1 / 0\n"}, "tests/conftest.py raises ZeroDivisionError: division by zero", "Mend"),
        ({"conftest.py": "import nowhere\n"}, "conftest.py raises ModuleNotFoundError: No module named", "install"),
        (
            {"conftest.py": "pytest_plugins = ['no_such']\n"},
            "plugin no_such of pytest cannot be imported: No",
            "out",
        ),
        ({"pytest.ini": "[pytest]\naddopts = --sparkle\n"}, "refuses its options: unrecognized arguments: --sp", "out"),
        (
            {"pytest.ini": "[pytest]\naddopts = -p no_such\n"},
            "plugin no_such of pytest cannot be imported: No",
            "Install",
        ),
        ({"conftest.py": "import sys\nsys.exit(3)\n"}, "ended with exit code 3 before the first test", "--python"),
        ({"conftest.py": "import os\nos._exit(0)\n"}, "ended with exit code 0 before the first test", "--python"),
    ],
    ids=["conftest raises", "conftest imports", "plugin named", "option", "plugin option", "exit", "hard exit"],
)
async def test_what_the_project_does_before_its_first_test_is_named(
    tmp_path: Path, lean_python: Path, files: dict[str, bytes | str], said: str, next_step: str
) -> None:
    async with open_python_world(tmp_path, {"tests/test_a.py": TEST, **files}) as world:
        found = await report(world, lean_environment(lean_python))
    assert said in found.fault
    assert next_step in found.fault
    assert found.fault.count("\n") == 0
    assert found.result_of(ASKED[0]).outcome is Outcome.BROKEN
    assert found.result_of(ASKED[0]).message == found.fault
    assert found.state is not ReportState.COMPLETE


async def test_a_missing_or_broken_pytest_is_named(tmp_path: Path) -> None:
    python = make_lean_python(tmp_path / "environment")
    [package] = python.parent.parent.glob("lib/*/site-packages/pytest")
    async with open_python_world(tmp_path / "world", {"tests/test_a.py": TEST}) as world:
        (package / "__init__.py").write_text("raise ImportError('half installed')\n")
        broken = await report(world, lean_environment(python))
        package.rename(package.with_name("gone"))
        missing = await report(world, lean_environment(python))
    assert "raises ImportError: half installed" in broken.fault
    assert "pytest is not installed in the environment" in missing.fault
    assert missing.result_of(ASKED[0]).outcome is Outcome.BROKEN


async def test_a_broken_interpreter_is_named(tmp_path: Path) -> None:
    async with open_python_world(tmp_path, {"tests/test_a.py": TEST}) as world:
        gone = await report(world, replace(own_environment(), interpreter="/nowhere/python"))
        other = await report(world, replace(own_environment(), interpreter="/bin/false"))
    assert "there is no interpreter at /nowhere/python" in gone.fault
    assert "ended with exit code 1 before the first test" in other.fault


async def test_a_refused_sandbox_is_an_error_that_says_so(tmp_path: Path) -> None:
    async with open_python_world(tmp_path, {"tests/test_a.py": TEST}) as world:
        refused = replace(world, sandbox=BubblewrapSandbox(program="no-such-bwrap"))
        with pytest.raises(SandboxUnavailable, match="no-such-bwrap is not installed") as error:
            await report(refused, own_environment())
    assert "eaa doctor" in error.value.hint


async def test_files_that_cannot_be_collected_are_no_fault_of_the_start(tmp_path: Path, lean_python: Path) -> None:
    async with open_python_world(tmp_path, {"tests/test_a.py": "import nowhere\n" + TEST}) as world:
        found = await report(world, lean_environment(lean_python))
    assert found.fault == ""
    assert found.result_of(ASKED[0]).outcome is Outcome.BROKEN
