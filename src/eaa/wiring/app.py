"""The whole system in one process: tools, store, workflows, roles."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

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
from eaa.ports.progress import Progress
from eaa.ports.slots import Slots
from eaa.ports.store import Store
from eaa.ports.workflow import Workflows
from eaa.roles.team import InlineRoles
from eaa.settings import Settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.tools import open_tools

CHANGE = "change"
"""Name of the workflow that makes changes."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command that works on runs needs."""

    tools: Tools
    desk: Desk
    slots: Slots
    slot: str
    """The executor slot that this process holds."""
    workflows: Workflows
    wanted: set[RunId] = field(default_factory=set)
    """The runs that this process was asked to work on; others that its slot left behind stay parked."""


@asynccontextmanager
async def open_app(settings: Settings, *, progress: Progress, is_unsafe: bool = False) -> AsyncIterator[App]:
    """Open the system below EAA_HOME and close it at the end of the block.

    Raises:
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
        yield App(tools=tools, desk=desk, slots=slots, slot=slot, workflows=workflows, wanted=wanted)


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
