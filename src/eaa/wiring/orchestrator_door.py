"""The orchestrator's gRPC door, beside its HTTP door."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from eaa.domain.service_rights import ORCHESTRATOR_AUDIENCE
from eaa.services.orchestrator.answered_once import AnsweredOnce
from eaa.services.orchestrator.door import Door
from eaa.services.orchestrator.rpc_door import OrchestratorDoor
from eaa.services.orchestrator.shared_answers import SharedAnswers
from eaa.services.rpc.health import HealthDoor
from eaa.settings import Settings
from eaa.wiring.databases import open_own_store
from eaa.wiring.rpc import open_rpc
from eaa.wiring.rpc_place import RpcPlace


@asynccontextmanager
async def open_orchestrator_door(
    door: Door, settings: Settings, place: RpcPlace, *, slot: str, grace_s: float
) -> AsyncIterator[str]:
    """Serve `eaa.v1.Orchestrator` and the standard health service inside the block, and yield the address.

    Args:
        door: What the HTTP door works with.
        settings: Where everything is.
        place: Where to listen.
        slot: Of this process.
        grace_s: How long answers may go on at the end.

    Raises:
        InvalidRequest: The place is not protected, a file of TLS cannot be used, or the port is taken.
    """
    answered = AnsweredOnce[bytes](monotonic_s=door.clock.monotonic_s)

    async def is_serving() -> bool:
        return bool(door.catalogue.models)

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_own_store(settings))
        stack.push_async_callback(answered.close)
        twin = OrchestratorDoor(
            orchestrator=door.orchestrator,
            catalogue=door.catalogue,
            answered=answered,
            shared=SharedAnswers(store=store, clock=door.clock, slot=slot),
        )
        doors = (twin.door(), HealthDoor(("eaa.v1.Orchestrator",), is_serving).door())
        opened = open_rpc(
            doors, settings, place, audience=ORCHESTRATOR_AUDIENCE, slot=slot, meters=door.meters.rpc, grace_s=grace_s
        )
        yield await stack.enter_async_context(opened)
