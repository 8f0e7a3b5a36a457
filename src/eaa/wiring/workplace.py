"""What every process that works on runs has: tools, records, a slot of its own, and the way to models."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.ports.progress import Progress
from eaa.ports.sandbox import Sandbox
from eaa.ports.slots import Slots
from eaa.settings import Settings
from eaa.wiring.databases import open_blobs, open_own_store
from eaa.wiring.slots import slots_of
from eaa.wiring.storage import database_url
from eaa.wiring.tools import make_home, open_tools

if TYPE_CHECKING:
    from eaa.wiring.agents import Agents


@dataclass(frozen=True, slots=True)
class ModelWish:
    """That models shall be used when any is configured."""

    budget_usd: float | None = None
    """Of a new run; None leaves it to the budget that a run has already."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a process works."""

    tools: Tools
    desk: Desk
    slots: Slots
    slot: str
    """The executor slot that this process holds."""
    agents: "Agents | None" = None
    """The way to models; None when none is configured, or the work shall do without."""


@asynccontextmanager
async def open_workplace(
    settings: Settings,
    *,
    slot_prefix: str,
    progress: Progress,
    is_unsafe: bool = False,
    models: ModelWish | None = None,
    slot_lost: Callable[[str], None] | None = None,
) -> AsyncIterator[Workplace]:
    """Open a workplace with the first free slot of a prefix.

    Args:
        settings: Where everything is.
        slot_prefix: `cli`, `dispatcher`, `role-pm`, …
        progress: Who watches.
        is_unsafe: Whether commands may run without a sandbox.
        models: None keeps all models out of it.
        slot_lost: Told when somebody else got the slot while the database was away.

    Raises:
        InvalidRequest: `models.toml` cannot be used.
        SandboxUnavailable: No sandbox works here.
        DatabaseTooNew: A newer version wrote the database.
        DatabaseUnreachable: There is no way to it.
    """
    async with AsyncExitStack() as stack:
        make_home(settings.home)
        await upgrade(database_url(settings))
        store = await stack.enter_async_context(open_own_store(settings))
        blobs = await stack.enter_async_context(open_blobs(settings))
        desk = Desk(store=store, blobs=blobs, clock=SystemClock(), ids=UlidIds(), progress=progress)
        tools = await stack.enter_async_context(open_tools(settings, progress=progress, is_unsafe=is_unsafe, desk=desk))
        agents = await stack.enter_async_context(
            _open_agents(settings, models, desk=desk, sandbox=tools.sandbox, caller=slot_prefix)
        )
        slots = slots_of(settings, lost=slot_lost)
        slot = await stack.enter_async_context(slots.hold_first_free(slot_prefix))
        own = tools if agents is None else replace(tools, agents=agents.desk)
        yield Workplace(tools=own, desk=desk, slots=slots, slot=slot, agents=agents)


@asynccontextmanager
async def _open_agents(
    settings: Settings, models: ModelWish | None, *, desk: Desk, sandbox: Sandbox, caller: str
) -> AsyncIterator["Agents | None"]:
    if models is None:
        yield None
        return
    # Everything that talks to models is loaded only where one may be used.
    from eaa.wiring.agents import has_models, open_agents

    if not has_models(settings, os.environ):
        yield None
        return
    opened = open_agents(settings, os.environ, desk=desk, sandbox=sandbox, budget_usd=models.budget_usd, caller=caller)
    async with opened as agents:
        yield agents
