"""eaa's author on the task, as in `eaa run`: loop, store, blobs, git workspaces, sandbox, orchestrator over HTTP.

Started as `with_eaa FOLDER FILE`, the model in the environment; the result is written to the file. What `eaa run` does
before and after its author is left out: it is no part of a step.
"""

import asyncio
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from typing_extensions import override

from eaa.adapters.memory.progress import NoProgress
from eaa.domain.brief import Baseline, Brief, Handover, Stage
from eaa.domain.command import Command, CommandResult
from eaa.domain.environment import EnvironmentRequest
from eaa.domain.errors import EnvironmentMissing
from eaa.domain.kind import Kind
from eaa.engine.agent.author import author_assignment
from eaa.engine.agent.conversation import converse
from eaa.engine.agent.limits import Limits
from eaa.engine.intake import Opened, Request, open_run
from eaa.ports.sandbox import Sandbox
from eaa.settings import load_settings
from eaa.wiring.agent_bench.measuring import Meter
from eaa.wiring.agent_bench.task import TASK
from eaa.wiring.app import App, open_app
from eaa.wiring.workplace import ModelWish

_NO_BASELINE = Baseline(passing=(), failing=(), flaky=(), skipped=(), collection_errors=(), duration_s=0.0)
_LIMITS = Limits(answers=10_000, tokens=10**10, cost_microusd=10**12)
"""Hold nothing back; everything is counted and compared all the same."""
_BUDGET_USD = 1e6


@dataclass(frozen=True, slots=True)
class Timed(Sandbox):
    """A sandbox whose commands are noted."""

    inner: Sandbox
    meter: Meter

    @property
    @override
    def kind(self) -> str:
        return self.inner.kind

    @override
    async def run(self, command: Command, *, root: Path) -> CommandResult:
        self.meter.begin()
        try:
            return await self.inner.run(command, root=root)
        finally:
            self.meter.end()


async def main() -> None:
    """Work on the task in a folder and write what was measured."""
    folder, file = Path(sys.argv[-2]), Path(sys.argv[-1])
    meter = Meter()
    async with open_app(load_settings(), progress=NoProgress(), models=ModelWish()) as app:
        assert app.agents is not None
        agents = replace(app.agents.desk, sandbox=Timed(app.agents.desk.sandbox, meter), limits=_LIMITS)
        opened = await _opened(folder, app)
        await app.agents.limit(opened.run.id, _BUDGET_USD)
        brief = await _brief(opened, app)
        outcome = await converse(author_assignment(brief), brief, app.tools, agents)
    meter.write(file, how=outcome.ended.why.value)


async def _opened(folder: Path, app: App) -> Opened:
    repository = await app.tools.repositories.open(str(folder))
    base = await app.tools.repositories.resolve(repository, "HEAD")
    request = Request(
        text=TASK,
        source="benchmark",
        repository=repository,
        base=base.id,
        kind=Kind.BUG,
        environment=EnvironmentRequest(interpreter=sys.executable),
        has_model=True,
    )
    return await open_run(request, owner_slot=app.slot, desk=app.desk)


async def _brief(opened: Opened, app: App) -> Brief:
    order, toolchain = opened.order, app.tools.toolchain
    project = await toolchain.detect(order.repository, order.base)
    if project is None:
        raise EnvironmentMissing(because="the benchmark's repository holds no Python files", hint="")
    async with app.desk.store.begin() as session:
        task = await session.tasks.get(opened.run.task_id)
    return Brief(
        stage=Stage.PATCH,
        run_id=opened.run.id,
        task=task,
        repository=order.repository,
        base=order.base,
        project=project,
        environment=await toolchain.prepare(project, order.repository, order.base, order.request),
        baseline=_NO_BASELINE,
        instructions=(),
        handover=Handover(),
        generation=opened.run.generation,
        has_model=True,
    )


if __name__ == "__main__":
    asyncio.run(main())
