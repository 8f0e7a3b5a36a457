"""The records of runs, without anything that works: for commands that look at runs or say something to them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from eaa.adapters.sql.audit import SqlAudit
from eaa.adapters.sql.engine import database_name
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.model_usage import SqlUsageLog
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.engine.journal import Desk
from eaa.kit.private_files import make_private_folder
from eaa.ports.audit import Audit
from eaa.ports.model_usage import UsageLog
from eaa.ports.progress import Progress
from eaa.ports.slots import Slots
from eaa.settings import Settings
from eaa.wiring.databases import open_blobs, open_database, open_own_store
from eaa.wiring.slots import slots_of
from eaa.wiring.storage import database_url


@dataclass(frozen=True, slots=True)
class Records:
    """What is known about runs, and which processes are alive."""

    desk: Desk
    slots: Slots
    usage: UsageLog
    """Calls to models, and what they cost."""
    audit: Audit
    """Who was refused."""


def database_fault(records: Records) -> Callable[[], Awaitable[str | None]]:
    """Return what says what is wrong with the database, None when nothing is."""

    async def fault() -> str | None:
        try:
            async with records.desk.store.begin() as session:
                await session.events.newest()
        except Exception as error:
            return str(error)
        return None

    return fault


@asynccontextmanager
async def open_records(settings: Settings, *, progress: Progress) -> AsyncIterator[Records]:
    """Open the database, brought to the newest revision, and close it at the end of the block.

    Raises:
        DatabaseUnreachable: There is no way to it.
        DatabaseTooNew: A newer version wrote it.
    """
    home = settings.home
    make_private_folder(home)
    url = database_url(settings)
    await upgrade(url)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_database(settings))
        store = await stack.enter_async_context(open_own_store(settings))
        blobs = await stack.enter_async_context(open_blobs(settings))
        desk = Desk(store=store, blobs=blobs, clock=SystemClock(), ids=UlidIds(), progress=progress)
        name = database_name(url)
        yield Records(
            desk=desk,
            slots=slots_of(settings),
            usage=SqlUsageLog(engine, name=name),
            audit=SqlAudit(engine, name=name),
        )
