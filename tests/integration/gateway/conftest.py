"""A gateway that listens on loopback, over a store of its own."""

import contextlib
import gc
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.model_usage import MemoryUsageLog
from eaa.adapters.memory.progress import NoProgress
from eaa.adapters.memory.rates import MemoryRates
from eaa.adapters.memory.shared_cache import MemorySharedCache
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.slots import MemorySlots
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.adapters.system.clock import SystemClock
from eaa.adapters.system.ids import UlidIds
from eaa.domain.origin import Origin
from eaa.domain.secret import Secret
from eaa.engine.cached_reads import CachedReads
from eaa.engine.journal import Desk
from eaa.ports.model_usage import UsageLog
from eaa.ports.shared_cache import SharedCache
from eaa.services.gateway.app import guarded
from eaa.services.gateway.house import Doormat, FetchedIssue, House
from eaa.services.gateway.server import Certificate, serving
from eaa.services.gateway.tail import EventTail
from eaa.services.health.parts import Part
from eaa.services.http.connections import Connections
from eaa.wiring.gateway import following
from tests.postgres import new_database

TOKEN = "owner-token-of-the-tests-0123456789"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Any
    body: Any
    """JSON as it is, other things as text."""


@dataclass
class GatewayWorld:
    """A running gateway, and what it works with."""

    address: str
    house: House
    client: aiohttp.ClientSession
    faults: dict[str, str]
    """What `/readyz` hears of each part."""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        """Ask with the owner's token; headers are named with underscores, and an empty one is left out."""
        sent = AUTHORIZED | {name.replace("_", "-"): text for name, text in headers.items()}
        sent = {name: text for name, text in sent.items() if text}
        async with self.client.request(method, self.address + path, json=body, headers=sent) as response:
            is_json = response.content_type == "application/json"
            said = await response.json() if is_json else await response.text()
            return Answered(response.status, response.headers, said)

    async def get(self, path: str, **headers: str) -> Answered:
        """Get something."""
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        """Post something."""
        return await self.ask("POST", path, body, **headers)


@contextlib.asynccontextmanager
async def gateway_world(
    tmp_path: Path,
    *,
    url: str | None = None,
    usage: UsageLog | None = None,
    cache: SharedCache | None = None,
    parts: Mapping[str, Any] | None = None,
    connections: Connections | None = None,
    certificate: Certificate | None = None,
    **doormat: Any,
) -> AsyncIterator[GatewayWorld]:
    """Open a gateway, on SQLite unless another database is given; one of the same folder is a replica of it.

    Args:
        tmp_path: Where its files are.
        url: Of its database.
        usage: Its log of the costs of models.
        cache: What its replicas share.
        parts: Other parts of the house, by name.
        connections: Other bounds of its port.
        certificate: What it speaks TLS with.
        doormat: Other limits, by name.
    """
    url = url or sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    faults: dict[str, str] = {}
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(url))
        desk = Desk(store=store, blobs=MemoryBlobs(), clock=SystemClock(), ids=MemoryIds(), progress=NoProgress())
        signals = MemorySignals()

        async def fault() -> str | None:
            return faults.get("database")

        async def issue_at(address: str) -> FetchedIssue:
            return FetchedIssue("An issue from outside.", address, Origin.ANONYMOUS)

        house = House(
            desk=desk,
            views=desk,
            slots=MemorySlots(),
            signals=signals,
            usage=usage or MemoryUsageLog(),
            repositories=GitRepositories(home=tmp_path / "home"),
            reads=CachedReads(
                near=MemorySharedCache(time.monotonic), shared=cache, clock=SystemClock(), owner=UlidIds().new("test")
            ),
            rates=MemoryRates(),
            tail=EventTail(store=store, signals=signals),
            doormat=replace(Doormat(token=Secret(TOKEN)), **doormat),
            has_models=False,
            fetch_issue=issue_at,
            cloneable=str,
            parts=[Part("database", fault)],
            is_draining=lambda: False,
            figures=lambda: "eaa_house 1\n",
        )
        house = replace(house, **(parts or {}))
        served = serving(
            guarded(house), host="127.0.0.1", port=0, grace_s=1, connections=connections, certificate=certificate
        )
        address = await stack.enter_async_context(served)
        await stack.enter_async_context(following(house.tail))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        yield GatewayWorld(address, house, client, faults)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[GatewayWorld]:
    """A gateway with its ordinary limits."""
    async with gateway_world(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A database of each kind; None is a file."""
    if request.param == "sqlite":
        yield None
        return
    with new_database(request.getfixturevalue("postgres_url")) as address:
        yield address
        # A stream that was left while it connected leaves half a connection behind, which ends when it is collected.
        gc.collect()
