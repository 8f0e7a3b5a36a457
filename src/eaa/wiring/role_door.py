"""The gRPC door of a role's process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from eaa.domain.service_rights import role_audience
from eaa.engine.role_queue import RoleDesk
from eaa.services.health.parts import Readiness, condition_of
from eaa.services.role.door import RoleDoor
from eaa.services.rpc.health import HealthDoor
from eaa.settings import Settings
from eaa.wiring.rpc import open_rpc
from eaa.wiring.rpc_place import RpcPlace
from eaa.wiring.workers import RoleService


@asynccontextmanager
async def open_role_door(service: RoleService, settings: Settings, place: RpcPlace) -> AsyncIterator[str]:
    """Serve `eaa.v1.Role` and the standard health service inside the block, and yield the address.

    Raises:
        InvalidRequest: The place is not protected, a file of TLS cannot be used, or the port is taken.
    """
    station, worker = service.station, service.worker
    place_of_work = station.place.desk
    role = RoleDoor(
        role=worker.role,
        version=version("eaa"),
        slot=worker.slot,
        desk=RoleDesk(
            calls=station.calls,
            blobs=place_of_work.blobs,
            signals=station.signals,
            clock=place_of_work.clock,
            ids=place_of_work.ids,
        ),
        store=place_of_work.store,
        executors=station.liveness.executors,
        at_once=worker.at_once,
        limits=worker.limits,
        working=lambda: len(worker.working_on),
    )

    async def is_serving() -> bool:
        condition = await condition_of(service.health.parts, is_draining=service.health.is_draining())
        return condition.readiness is not Readiness.UNREADY

    doors = (role.door(), HealthDoor(("eaa.v1.Role",), is_serving).door())
    opened = open_rpc(doors, settings, place, audience=role_audience(worker.role), slot=worker.slot, meters=service.rpc)
    async with opened as address:
        yield address
