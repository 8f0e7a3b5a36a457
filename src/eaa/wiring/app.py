"""The whole system in one process: tools, store, workflows, roles."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eaa.adapters.dbos.workflow import Owner, open_workflows
from eaa.adapters.files.blobs import FileBlobs
from eaa.adapters.files.slots import FileSlots
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.ids import UlidIds
from eaa.domain.ids import RunId
from eaa.domain.run import ENDED_STATES
from eaa.engine.intake import disown
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.engine.workflows.change import ChangeWorkflow
from eaa.engine.workflows.order import CHANGE
from eaa.ports.progress import Progress
from eaa.ports.sandbox import Sandbox
from eaa.ports.slots import Slots
from eaa.ports.store import Store
from eaa.ports.workflow import Workflows
from eaa.roles.team import InlineRoles
from eaa.settings import Settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.tools import open_tools

if TYPE_CHECKING:
    from eaa.wiring.agents import Agents


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command that works on runs needs."""

    tools: Tools
    desk: Desk
    slots: Slots
    slot: str
    """The executor slot that this process holds."""
    workflows: Workflows
    agents: "Agents | None" = None
    """The way to models; None when none is configured, or the work shall do without."""
    wanted: set[RunId] = field(default_factory=set)
    """The runs that this process was asked to work on; others that its slot left behind stay parked."""


@dataclass(frozen=True, slots=True)
class ModelWish:
    """That models shall be used when any is configured."""

    budget_usd: float | None = None
    """Of a new run; None leaves it to the budget that a run has already."""


@asynccontextmanager
async def open_app(
    settings: Settings, *, progress: Progress, is_unsafe: bool = False, models: ModelWish | None = None
) -> AsyncIterator[App]:
    """Open the system below EAA_HOME and close it at the end of the block.

    Args:
        settings: Where everything is.
        progress: Who watches.
        is_unsafe: Whether commands may run without a sandbox.
        models: None keeps all models out of it.

    Raises:
        InvalidRequest: `models.toml` cannot be used.
        SandboxUnavailable: No sandbox works here.
        DatabaseTooNew: A newer version wrote the database.
    """
    async with AsyncExitStack() as stack:
        tools = await stack.enter_async_context(open_tools(settings, progress=progress, is_unsafe=is_unsafe))
        home = settings.home
        url = settings.database_url or sqlite_address(home / "eaa.sqlite")
        await upgrade(url)
        store = await stack.enter_async_context(open_store(url))
        clock = tools.clock
        desk = Desk(store=store, blobs=FileBlobs(home / "blobs"), clock=clock, ids=UlidIds(), progress=progress)
        agents = await stack.enter_async_context(_open_agents(settings, models, desk=desk, sandbox=tools.sandbox))
        if agents is not None:
            tools = replace(tools, agents=agents.desk)
        slots = FileSlots(home / "slots")
        slot = await stack.enter_async_context(slots.hold_first_free("cli"))
        await disown(slot, desk=desk)
        wanted: set[RunId] = set()
        flow = ChangeWorkflow(desk=desk, tools=tools, roles=InlineRoles(tools), code_hosts=site_of(settings))
        workflows = await stack.enter_async_context(
            open_workflows(
                settings.database_url or sqlite_address(home / "workflows.sqlite"),
                slot=slot,
                table={CHANGE: flow},
                owner_of=_owner_of(store, wanted),
                poll_s=0.1,
            )
        )
        yield App(tools=tools, desk=desk, slots=slots, slot=slot, workflows=workflows, agents=agents, wanted=wanted)


@asynccontextmanager
async def _open_agents(
    settings: Settings, models: ModelWish | None, *, desk: Desk, sandbox: Sandbox
) -> AsyncIterator["Agents | None"]:
    if models is None:
        yield None
        return
    # Everything that talks to models is loaded only where one may be used.
    from eaa.wiring.agents import has_models, open_agents

    if not has_models(settings, os.environ):
        yield None
        return
    async with open_agents(settings, os.environ, desk=desk, sandbox=sandbox, budget_usd=models.budget_usd) as agents:
        yield agents


class _owner_of:  # noqa: N801  (reads like the function it is)
    """Says who works on a run: only runs that this process was asked for are its own."""

    def __init__(self, store: Store, wanted: set[RunId]) -> None:
        self._store = store
        self._wanted = wanted

    async def __call__(self, run_id: RunId) -> Owner | None:
        if run_id not in self._wanted:
            return None
        async with self._store.begin() as session:
            run = await session.runs.get(run_id)
        if run.owner_slot is None or run.state in ENDED_STATES:
            return None
        return Owner(slot=run.owner_slot, generation=run.generation)
