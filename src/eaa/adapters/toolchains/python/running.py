"""Running a suite's tests in the sandbox."""

import json
import secrets
import shlex
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from eaa.adapters.toolchains.python.probe.refused import REFUSED_PLUGINS
from eaa.adapters.toolchains.python.recipes import SYSTEM_PATH
from eaa.adapters.toolchains.python.reports import Told, read_records, report_of, report_of_exit_code
from eaa.domain.command import MEBIBYTE, Access, Command, CommandResult, Limits, Mount
from eaa.domain.environment import Environment
from eaa.domain.errors import FileNotInCommit
from eaa.domain.ids import TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange, FileMode
from eaa.domain.test_report import TestReport
from eaa.domain.workspace import Workspace
from eaa.ports.sandbox import Sandbox
from eaa.ports.toolchain import Measure, TestRun
from eaa.ports.workspaces import Workspaces

_PROBE = "/eaa"
_PACKAGE = "eaa_probe"
# With `-c` nothing of the project can be imported in place of the probe.
_START = f"import sys; sys.path[0] = '{_PROBE}'; from {_PACKAGE}.session import main; main()"
_OUTPUT_BYTES = 32 * MEBIBYTE
_LISTING_S = 120.0
_LARGEST_FILE_BYTES = 256 * MEBIBYTE


async def run_tests(run: TestRun, *, sandbox: Sandbox, workspaces: Workspaces) -> TestReport:
    """Return what happened; see `Toolchain.run_tests`."""
    async with overlaid(run.workspace, run.overlay, workspaces=workspaces):
        told, result = await _ask(run, sandbox, is_listing=False)
    own = run.environment.test_command
    if own is not None and not told.has_begun and "pytest" not in own:
        return report_of_exit_code(run, told, result)
    return report_of(run, told, result)


async def list_tests(
    workspace: Workspace, environment: Environment, suite: TestSuite, *, sandbox: Sandbox
) -> tuple[TestId, ...]:
    """Return the tests that collecting finds, in the project's order; files that cannot be collected have none."""
    run = TestRun(workspace=workspace, environment=environment, suite=suite, timeout_s=_LISTING_S)
    told, _ = await _ask(run, sandbox, is_listing=True)
    return tuple(dict.fromkeys(told.listed))


def command_within(environment: Environment, project: Project, argv: Sequence[str], *, limits: Limits) -> Command:
    """Return a command that finds the environment's programs and the project's code; see `Toolchain.command`."""
    variables = dict(environment.variables)
    roots = dict.fromkeys(root for suite in project.suites for root in suite.import_roots)
    paths = [*(str(PurePosixPath("/src") / root) for root in roots), *variables.get("PYTHONPATH", "").split(":")]
    programs = [str(PurePosixPath(environment.interpreter).parent), *variables.get("PATH", SYSTEM_PATH).split(":")]
    variables["PATH"] = ":".join(dict.fromkeys(programs))
    if path := ":".join(dict.fromkeys(path for path in paths if path)):
        variables["PYTHONPATH"] = path
    return Command(argv=tuple(argv), environment=variables, mounts=environment_mounts(environment), limits=limits)


@asynccontextmanager
async def overlaid(
    workspace: Workspace, changes: Sequence[FileChange], *, workspaces: Workspaces
) -> AsyncIterator[None]:
    """Write files for the time of the block, and put back what was there."""
    if not changes:
        yield
        return
    before = [await as_it_is(workspace, change.path, workspaces) for change in changes]
    await workspaces.write(workspace, changes)
    try:
        yield
    finally:
        await workspaces.write(workspace, before)


async def as_it_is(workspace: Workspace, path: str, workspaces: Workspaces) -> FileChange:
    """Return the change that puts a file back to what it is now."""
    try:
        content = await workspaces.read(workspace, path, limit_bytes=_LARGEST_FILE_BYTES)
        is_executable = (workspace.root / path).lstat().st_mode & 0o100
    except (FileNotInCommit, OSError):
        return FileChange(path, None)
    return FileChange(path, content, FileMode.EXECUTABLE if is_executable else FileMode.REGULAR)


async def _ask(run: TestRun, sandbox: Sandbox, *, is_listing: bool) -> tuple[Told, CommandResult]:
    nonce = secrets.token_hex(16)
    result = await sandbox.run(_command(run, nonce, is_listing=is_listing), root=run.workspace.root)
    return read_records(result.stdout, nonce), result


def _command(run: TestRun, nonce: str, *, is_listing: bool) -> Command:
    request = {
        "nonce": nonce,
        "framework": run.suite.framework,
        "tests": None if run.tests is None else list(run.tests),
        "files": _files(run),
        "seed": run.order_seed,
        "is_listing": is_listing,
        "measures_coverage": run.measure is Measure.COVERAGE,
    }
    own = run.environment.test_command
    is_own = own is not None and not is_listing
    return Command(
        argv=("sh", "-c", own) if own is not None and is_own else (run.environment.interpreter, "-c", _START),
        working_directory="." if is_own else run.suite.root,
        environment=_variables(run) | (own_command_variables(run) if is_own else {}),
        stdin=json.dumps(request).encode(),
        mounts=(
            Mount(source=Path(__file__).with_name("probe"), target=f"{_PROBE}/{_PACKAGE}"),
            *environment_mounts(run.environment),
        ),
        limits=Limits(wall_s=run.timeout_s, cpu_s=max(300, int(run.timeout_s) + 1), output_bytes=_OUTPUT_BYTES),
    )


def own_command_variables(run: TestRun) -> dict[str, str]:
    """Return what lets the probe into a person's own command, if that starts pytest; names are the suite's."""
    variables = _variables(run)
    options = ["-p", f"{_PACKAGE}.within", *(f"-pno:{name}" for name in REFUSED_PLUGINS), "-orequired_plugins="]
    root = PurePosixPath("/src") / run.suite.root
    given = variables.get("PYTEST_ADDOPTS", "")
    return {
        "PATH": f"{PurePosixPath(run.environment.interpreter).parent}:{variables.get('PATH', SYSTEM_PATH)}",
        "PYTHONPATH": ":".join(part for part in (_PROBE, variables.get("PYTHONPATH", "")) if part),
        "PYTEST_ADDOPTS": f"{given} {shlex.join([*options, f'--rootdir={root}'])}".strip(),
    }


def environment_mounts(environment: Environment) -> tuple[Mount, ...]:
    """Return what a command needs to see to use an environment; it may write there, and nobody else sees it."""
    return tuple(
        Mount(source=Path(source), target=target, access=Access.COPY_ON_WRITE) for source, target in environment.mounts
    )


def _files(run: TestRun) -> list[str]:
    """Return the files to collect, relative to the suite: those of the tests asked for; for unittest, all."""
    if run.suite.framework == "unittest":
        root = PurePosixPath(run.suite.root)
        paths = [PurePosixPath(path) for path in run.suite.test_paths]
        return [str(path.relative_to(root)) for path in paths if path.is_relative_to(root)]
    return list(dict.fromkeys(test.partition("::")[0] for test in run.tests or ()))


def _variables(run: TestRun) -> dict[str, str]:
    variables = dict(run.environment.variables)
    roots = [str(PurePosixPath("/src") / root) for root in run.suite.import_roots]
    paths = [*roots, *variables.get("PYTHONPATH", "").split(":")]
    path = ":".join(dict.fromkeys(path for path in paths if path))
    variables |= {"PYTHONHASHSEED": str(run.order_seed), "PYTHONDONTWRITEBYTECODE": "1"}
    return variables | ({"PYTHONPATH": path} if path else {})
