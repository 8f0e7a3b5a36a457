"""The whole system in one process: tools, store, workflows, roles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eaa.adapters.dbos.workflow import open_workflows
from eaa.adapters.sql.engine import sqlite_address
from eaa.domain.ids import RunId
from eaa.domain.run import ENDED_STATES
from eaa.engine.environments_here import RolesHere
from eaa.engine.intake import disown
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.engine.workflows.change import ChangeWorkflow
from eaa.engine.workflows.order import CHANGE
from eaa.ports.progress import Progress
from eaa.ports.roles import Roles
from eaa.ports.slots import Slots
from eaa.ports.store import Store
from eaa.ports.workflow import Workflows
from eaa.roles.team import InlineRoles
from eaa.settings import Settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.slots import direct_url
from eaa.wiring.workplace import ModelWish, Workplace, open_workplace

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
    flow: ChangeWorkflow
    """What the workflows run."""
    agents: "Agents | None" = None
    """The way to models; None when none is configured, or the work shall do without."""
    wanted: set[RunId] = field(default_factory=set)
    """The runs that this process was asked to work on; others that its slot left behind are let be."""


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
    async with open_workplace(
        settings, slot_prefix="cli", progress=progress, is_unsafe=is_unsafe, models=models
    ) as place:
        await disown(place.slot, desk=place.desk)
        wanted: set[RunId] = set()
        roles = RolesHere(InlineRoles(place.tools), place.tools.toolchain, place.desk)
        flow = change_flow(settings, place, roles=roles)
        async with open_change_workflows(settings, place, flow=flow, wanted=wanted) as workflows:
            yield App(
                tools=place.tools,
                desk=place.desk,
                slots=place.slots,
                slot=place.slot,
                workflows=workflows,
                flow=flow,
                agents=place.agents,
                wanted=wanted,
            )


def change_flow(settings: Settings, place: Workplace, *, roles: Roles) -> ChangeWorkflow:
    """Return the workflow `change` with a process's parts; `roles` work on its stages."""
    return ChangeWorkflow(desk=place.desk, tools=place.tools, roles=roles, code_hosts=site_of(settings))


@asynccontextmanager
async def open_change_workflows(
    settings: Settings, place: Workplace, *, flow: ChangeWorkflow, wanted: set[RunId], poll_s: float = 0.1
) -> AsyncIterator[Workflows]:
    """Open the workflows of a process's slot; it works on the wanted runs only.

    Args:
        settings: Where everything is.
        place: Of the process.
        flow: What a run runs.
        wanted: The runs that this process works on.
        poll_s: How often its queue of resumed runs is looked at.
    """
    async with open_workflows(
        direct_url(settings) or sqlite_address(settings.home / "workflows.sqlite"),
        slot=place.slot,
        table={CHANGE: flow},
        generation_of=_generation_of(place.desk.store, place.slot, wanted),
        poll_s=poll_s,
    ) as workflows:
        yield workflows


class _generation_of:  # noqa: N801  (reads like the function it is)
    """Says with which generation this process works on a run: only on those that it was asked for."""

    def __init__(self, store: Store, slot: str, wanted: set[RunId]) -> None:
        self._store = store
        self._slot = slot
        self._wanted = wanted

    async def __call__(self, run_id: RunId) -> int | None:
        if run_id not in self._wanted:
            return None
        async with self._store.begin() as session:
            run = await session.runs.get(run_id)
        is_ours = run.owner_slot == self._slot and run.state not in ENDED_STATES
        return run.generation if is_ours else None
