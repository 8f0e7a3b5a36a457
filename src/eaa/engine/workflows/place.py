"""The first step of a change: what the project is, how its tests run, and what they say before anything is touched."""

from dataclasses import replace

from eaa.domain.errors import EnvironmentMissing, TestsCannotStart
from eaa.domain.project import Finding, Project, TestSuite
from eaa.engine.evidence.baseline import measure_baseline
from eaa.engine.instructions import read_instructions
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Order, Place


async def find_place(order: Order, tools: Tools) -> Place:
    """Return where the work happens.

    Raises:
        EnvironmentMissing: There is no project of a known language, or no way to run its tests.
        TestsCannotStart: There is an environment, and no test even begins in it.
        ConsentMissing: Packages would have to be installed first.
    """
    project = await tools.toolchain.detect(order.repository, order.base)
    if project is None:
        raise EnvironmentMissing(
            because="the repository holds no Python files",
            hint="Other languages come later; `eaa check` says what was found.",
        )
    project = _testable(project)
    environment = await tools.toolchain.prepare(project, order.repository, order.base, order.request)
    baseline = await measure_baseline(
        repository=order.repository,
        commit=order.base,
        environment=environment,
        suites=project.suites,
        toolchain=tools.toolchain,
        repositories=tools.repositories,
        workspaces=tools.workspaces,
        progress=tools.progress,
    )
    if baseline.fault is not None:
        raise TestsCannotStart(fault=baseline.fault)
    instructions = await read_instructions(tools.repositories, order.repository, order.base)
    return Place(project=project, environment=environment, instructions=instructions, baseline=baseline)


def _testable(project: Project) -> Project:
    """Return the project with a place for a first test when it holds none."""
    if project.suites:
        return project
    roots = (".", "src") if any(path.startswith("src/") for path in project.source_paths) else (".",)
    first = TestSuite(root=".", framework="pytest", command=Finding("pytest", "."), test_paths=(), import_roots=roots)
    return replace(project, suites=(first,))
