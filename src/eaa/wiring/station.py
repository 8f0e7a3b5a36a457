"""A process among others: its workplace, and how it knows of the rest."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from eaa.adapters.sql.engine import database_name
from eaa.adapters.sql.executors import SqlExecutors
from eaa.adapters.sql.retention import SqlRetention
from eaa.adapters.sql.role_calls import SqlRoleCalls
from eaa.engine.liveness import Heart, Liveness
from eaa.ports.progress import Progress
from eaa.ports.retention import Retention
from eaa.ports.role_calls import RoleCalls
from eaa.ports.signals import Signals
from eaa.settings import Settings
from eaa.wiring.databases import open_database
from eaa.wiring.signals import open_signals
from eaa.wiring.storage import database_url
from eaa.wiring.toggles import Switches, open_toggles
from eaa.wiring.workplace import ModelWish, Workplace, open_workplace


@dataclass(frozen=True, slots=True)
class Station:
    """Where a service's process stands."""

    place: Workplace
    liveness: Liveness
    signals: Signals
    calls: RoleCalls
    retention: Retention
    heart: Heart
    switches: Switches
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process shall take nothing new and come to its end."""
    lost: list[str] = field(default_factory=list)
    """The slot, when somebody else got it while the database was away."""

    async def is_database_well(self) -> str | None:
        """Say what is wrong with the database, None when nothing is."""
        try:
            await self.liveness.executors.all()
        except Exception as error:
            return str(error)
        return None


@asynccontextmanager
async def open_station(
    settings: Settings, *, slot_prefix: str, progress: Progress, models: ModelWish | None
) -> AsyncIterator[Station]:
    """Take the first free slot of a prefix, and tell the others inside the block that this process lives.

    Raises:
        SandboxUnavailable: No sandbox works here.
        DatabaseUnreachable: There is no way to the database.
    """
    async with AsyncExitStack() as stack:
        lost: list[str] = []
        draining = asyncio.Event()

        def let_go(slot: str) -> None:
            lost.append(slot)
            draining.set()

        place = await stack.enter_async_context(
            open_workplace(settings, slot_prefix=slot_prefix, progress=progress, models=models, slot_lost=let_go)
        )
        url = database_url(settings)
        engine = await stack.enter_async_context(open_database(settings))
        executors = SqlExecutors(engine, name=database_name(url))
        heart = Heart(place.slot, socket.gethostname(), os.getpid(), executors)
        await heart.beat_once()
        beating = asyncio.create_task(heart.beat(), name="heartbeat")
        stack.push_async_callback(heart.leave)
        stack.push_async_callback(_ended, beating)
        signals = await stack.enter_async_context(open_signals(settings))
        yield Station(
            place=place,
            liveness=Liveness(place.slots, executors),
            signals=signals,
            switches=await stack.enter_async_context(open_toggles(place.desk.store, signals)),
            calls=SqlRoleCalls(engine, name=database_name(url)),
            retention=SqlRetention(engine, name=database_name(url)),
            heart=heart,
            draining=draining,
            lost=lost,
        )


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
