"""The first step of a change: what the project is, how its tests run, and what they say before anything is touched."""

from eaa.domain.errors import EnvironmentMissing
from eaa.engine.evidence.baseline import measure_baseline
from eaa.engine.instructions import read_instructions
from eaa.engine.tools import Tools
from eaa.engine.workflows.order import Order, Place


async def find_place(order: Order, tools: Tools) -> Place:
    """Return where the work happens.

    Raises:
        EnvironmentMissing: There is no project of a known language, or no way to run its tests.
        ConsentMissing: Packages would have to be installed first.
    """
    project = await tools.toolchain.detect(order.repository, order.base)
    if project is None:
        raise EnvironmentMissing(
            because="the repository holds no Python files",
            hint="Other languages come later; `eaa check` says what was found.",
        )
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
    instructions = await read_instructions(tools.repositories, order.repository, order.base)
    return Place(project=project, environment=environment, instructions=instructions, baseline=baseline)
