"""The orchestrator's gRPC door on a real socket, and a client of it."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from eaa.adapters.files.sealing import FileSealing
from eaa.adapters.jwt.service_tokens import JwtServiceTokens
from eaa.adapters.memory.audit import MemoryAudit
from eaa.adapters.memory.ids import MemoryIds
from eaa.adapters.rpc.calling import Calling
from eaa.adapters.rpc.channel import open_channel
from eaa.adapters.rpc.orchestrator_client import RpcOrchestrator
from eaa.adapters.system.clock import SystemClock
from eaa.domain.ask import Ask
from eaa.domain.catalogue import Catalogue
from eaa.domain.ids import OrganisationId
from eaa.domain.secret import Secret
from eaa.domain.service_rights import ORCHESTRATOR_AUDIENCE
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.service_tokens import ServiceTokens
from eaa.services.orchestrator.answered_once import AnsweredOnce
from eaa.services.orchestrator.rpc_door import OrchestratorDoor
from eaa.services.orchestrator.shared_answers import SharedAnswers
from eaa.services.rpc.auditing import Refusals
from eaa.services.rpc.guard import Guard
from eaa.services.rpc.health import HealthDoor
from eaa.services.rpc.server import serving


async def _at_once(_pause_s: float) -> None:
    """Wait for nothing."""


async def _always() -> bool:
    return True


@dataclass
class RpcOrchestratorWorld:
    """A service and who may call it."""

    address: str
    tokens: ServiceTokens
    audit: MemoryAudit

    def sign(self, scope: str, organisation_id: OrganisationId, issuer: str = "cli") -> Secret:
        return self.tokens.sign(
            issuer=issuer, audience=ORCHESTRATOR_AUDIENCE, scopes=(scope,), organisation_id=organisation_id
        )

    @asynccontextmanager
    async def client(
        self, *, count_tokens: Callable[[Ask], int] = lambda _: 1, address: str | None = None, issuer: str = "cli"
    ) -> AsyncIterator[RpcOrchestrator]:
        """Open a client."""
        url = address or self.address
        calling = Calling(
            address=url, sign=lambda scope, organisation_id: self.sign(scope, organisation_id, issuer), sleep=_at_once
        )
        async with open_channel(url) as channel:
            yield RpcOrchestrator(channel, calling, count_tokens=count_tokens)


@asynccontextmanager
async def serving_rpc_orchestrator(
    orchestrator: Orchestrator,
    catalogue: Catalogue,
    *,
    linger_s: float = 10.0,
    grace_s: float = 0.0,
    shared: SharedAnswers | None = None,
) -> AsyncIterator[RpcOrchestratorWorld]:
    """Serve an orchestrator inside the block."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = JwtServiceTokens(FileSealing(Path(folder) / "master.key"), clock=SystemClock())
        audit, answered = MemoryAudit(), AnsweredOnce[bytes](monotonic_s=SystemClock().monotonic_s, linger_s=linger_s)
        door = OrchestratorDoor(orchestrator=orchestrator, catalogue=catalogue, answered=answered, shared=shared)
        refusals = Refusals(audit=audit, clock=SystemClock(), ids=MemoryIds(), service="llm-0")
        guard = Guard(tokens=tokens, audience=ORCHESTRATOR_AUDIENCE, refusals=refusals)
        doors = (door.door(), HealthDoor(("eaa.v1.Orchestrator",), _always).door())
        async with serving(doors, guard, host="127.0.0.1", port=0, grace_s=grace_s) as address:
            yield RpcOrchestratorWorld(address, tokens, audit)
        await answered.close()
