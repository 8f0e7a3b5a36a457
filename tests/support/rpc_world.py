"""A role's gRPC door on a real socket, before a queue in memory, and a worker that does what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import grpc
from typing_extensions import override

from eaa.adapters.files.sealing import FileSealing
from eaa.adapters.jwt.service_tokens import JwtServiceTokens
from eaa.adapters.memory.audit import MemoryAudit
from eaa.adapters.memory.blobs import MemoryBlobs
from eaa.adapters.memory.clock import MemoryClock
from eaa.adapters.memory.executors import MemoryExecutors
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.memory.role_calls import MemoryRoleCalls
from eaa.adapters.memory.signals import MemorySignals
from eaa.adapters.memory.store import MemoryStore
from eaa.adapters.system.clock import SystemClock
from eaa.domain.artefact import Artefact
from eaa.domain.brief import Brief, Stage
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits
from eaa.domain.service_rights import ASK_ROLE, CANCEL_ROLE, READ_ROLE, role_audience
from eaa.engine.role_queue import STAGE_ROLES, RoleDesk
from eaa.engine.role_worker import RoleWorker
from eaa.ports.roles import Roles
from eaa.services.role.door import RoleDoor
from eaa.services.rpc.auditing import Refusals
from eaa.services.rpc.guard import Guard
from eaa.services.rpc.health import HealthDoor
from eaa.services.rpc.meters import RpcMeters
from eaa.services.rpc.server import Tls, serving
from tests.makers import make_run
from tests.support.role_world import RoleWorld

ALL_SCOPES = (READ_ROLE, ASK_ROLE, CANCEL_ROLE)
STAGE_OF = {role: stage for stage, role in reversed(tuple(STAGE_ROLES.items()))}


@dataclass
class Answering(Roles):
    """A role that does what a test says."""

    answer: Callable[[], Awaitable[Artefact]]
    asked: list[Stage] = field(default_factory=list)
    dropped: int = 0
    """Calls whose work was ended before its end."""

    @override
    async def work(self, role: RoleName, brief: Brief) -> Artefact:
        self.asked.append(brief.stage)
        try:
            return await self.answer()
        except asyncio.CancelledError:
            self.dropped += 1
            raise


@dataclass
class RpcWorld:
    """A run, the queue of a role, and its door."""

    folder: Path
    role: RoleName = RoleName.SRE
    store: MemoryStore = field(default_factory=MemoryStore)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    signals: MemorySignals = field(default_factory=MemorySignals)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    meters: RpcMeters = field(default_factory=RpcMeters)
    is_serving: bool = True
    looks: int = 0
    """How often somebody looked whether it is."""
    address: str = ""

    def __post_init__(self) -> None:
        self.calls = MemoryRoleCalls(store=self.store, now=lambda: datetime.now(UTC))
        self.executors = MemoryExecutors(lambda: datetime.now(UTC))
        self.sealing = FileSealing(self.folder / "master.key")
        self.tokens = JwtServiceTokens(self.sealing, clock=SystemClock())

    @property
    def target(self) -> str:
        """The address as gRPC's own clients take it."""
        return self.address.partition("://")[2]

    async def brief(self, *, organisation_id: OrganisationId = DEFAULT_ORGANISATION) -> Brief:
        """Put the run on record and return a brief for the role."""
        run = replace(make_run(), organisation_id=organisation_id)
        async with self.store.begin() as session:
            await session.runs.add(run)
        brief = await RoleWorld().brief({"calc.py": ""}, "It is wrong")
        task = replace(brief.task, organisation_id=organisation_id)
        return replace(brief, stage=STAGE_OF[self.role], task=task)

    def headers(
        self,
        *scopes: str,
        issuer: str = "dispatcher-0",
        audience: str | None = None,
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
    ) -> tuple[tuple[str, str], ...]:
        """Return the metadata of a call that may do everything, or what the scopes say."""
        token = self.tokens.sign(
            issuer=issuer,
            audience=audience or role_audience(self.role),
            scopes=scopes or ALL_SCOPES,
            organisation_id=organisation_id,
        )
        return (("authorization", f"Bearer {token.reveal()}"),)

    @asynccontextmanager
    async def serving(self, *, tls: Tls | None = None, grace_s: float = 0.0) -> AsyncIterator["RpcWorld"]:
        """Serve the door inside the block."""

        async def is_serving() -> bool:
            self.looks += 1
            return self.is_serving

        doors = (self.door().door(), HealthDoor(("eaa.v1.Role",), is_serving).door())
        opened = serving(doors, self.guard(), host="127.0.0.1", port=0, tls=tls, grace_s=grace_s)
        async with opened as self.address:
            yield self

    def door(self) -> RoleDoor:
        """Return the door of the role's process."""
        return RoleDoor(
            role=self.role,
            version="0",
            slot=f"role-{self.role}-0",
            desk=RoleDesk(
                calls=self.calls, blobs=self.blobs, signals=self.signals, clock=MemoryClock(), ids=MemoryIds()
            ),
            store=self.store,
            executors=self.executors,
            at_once=2,
            limits=QueueLimits(at_once=5),
            working=lambda: 0,
        )

    def guard(self) -> Guard:
        """Return a guard of the role's process."""
        refusals = Refusals(audit=self.audit, clock=SystemClock(), ids=MemoryIds(), service=f"role-{self.role}-0")
        return Guard(tokens=self.tokens, audience=role_audience(self.role), refusals=refusals, meters=self.meters)

    @asynccontextmanager
    async def working(self, roles: Roles) -> AsyncIterator[RoleWorker]:
        """Let a worker work inside the block."""
        draining = asyncio.Event()
        worker = RoleWorker(
            role=self.role,
            slot=f"role-{self.role}-0",
            roles=roles,
            calls=self.calls,
            blobs=self.blobs,
            signals=self.signals,
        )
        task = asyncio.create_task(worker.work(draining, grace_s=0))
        try:
            yield worker
        finally:
            draining.set()
            await task


@asynccontextmanager
async def asking(world: RpcWorld) -> AsyncIterator[grpc.aio.Channel]:
    """Open a plain channel to the door."""
    async with grpc.aio.insecure_channel(world.target) as channel:
        yield channel


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - it is told by several ways
            await asyncio.sleep(0.005)
