"""`eaa serve dispatcher`, `eaa serve role NAME`, `eaa up`: processes that work on runs until they are told to stop."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from eaa.adapters.system.logged_progress import LoggedProgress
from eaa.cli.exit_codes import ExitCode
from eaa.cli.logs import write_service_logs
from eaa.cli.output import print_json, print_line
from eaa.cli.serve import stopped_by_signals
from eaa.domain.errors import InvalidRequest
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits
from eaa.services.health.server import Health, serving
from eaa.settings import Settings, load_settings
from eaa.wiring.rpc_place import RpcPlace, can_serve_rpc
from eaa.wiring.station import Station
from eaa.wiring.workers import RoleService, open_dispatcher, open_role


async def serve_dispatcher(*, host: str, port: int, has_own_roles: bool, is_json: bool) -> int:
    """Work on queued runs until SIGTERM or Ctrl-C, then hand over what has not ended."""
    settings = _settings()
    async with open_dispatcher(settings, progress=LoggedProgress(), has_own_roles=has_own_roles) as service:
        door = door_of(service.health, host=host, port=port, is_json=is_json)
        return await serve_while_working(service.station, service.dispatcher.work, settings, door=door)


async def serve_role(
    role: RoleName, *, host: str, port: int, grpc: RpcPlace, at_once: int, limits: QueueLimits, is_json: bool
) -> int:
    """Work on a role's calls until SIGTERM or Ctrl-C, then give back what has not ended."""
    settings = _settings()
    opened = open_role(settings, role, progress=LoggedProgress(), at_once=at_once, limits=limits)
    async with opened as service, _open_rpc(service, settings, grpc) as rpc:
        door = door_of(service.health, host=host, port=port, is_json=is_json, grpc=rpc)
        return await serve_while_working(service.station, service.worker.work, settings, door=door)


@asynccontextmanager
async def _open_rpc(service: RoleService, settings: Settings, place: RpcPlace) -> AsyncIterator[str | None]:
    """Serve a role's gRPC door where it can be served, and yield its address."""
    if not can_serve_rpc():
        yield None
        return
    # Loaded only where it is served: `eaa up` in one process needs none of it.
    from eaa.wiring.role_door import open_role_door

    async with open_role_door(service, settings, place) as address:
        yield address


def _settings() -> Settings:
    settings = load_settings()
    write_service_logs(settings.log_format)
    return settings


async def serve_while_working(
    station: Station,
    work: Callable[..., Awaitable[None]],
    settings: Settings,
    *,
    door: AbstractAsyncContextManager[None],
) -> int:
    """Let a worker work behind a door, until it is told to stop or has lost its slot.

    Raises:
        InvalidRequest: Another process has its slot now.
    """
    stopped = stopped_by_signals()
    async with door:
        working = asyncio.ensure_future(work(station.draining, grace_s=settings.drain_s))
        leaving = asyncio.ensure_future(_until_told(stopped, station.draining))
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            station.draining.set()
            await station.heart.drain()
            await working
        finally:
            leaving.cancel()
    if station.lost:
        raise InvalidRequest(
            f"another process has taken the slot {station.lost[0]} while the database was away",
            hint="Start this one again: it takes a free slot.",
        )
    return ExitCode.DONE


async def _until_told(stopped: asyncio.Event, draining: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(stopped.wait()), asyncio.ensure_future(draining.wait())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


@asynccontextmanager
async def door_of(
    health: Health, *, host: str, port: int, is_json: bool, grpc: str | None = None
) -> AsyncIterator[None]:
    """Tell inside the block how a process is, and say on stdout that it is ready, and where."""
    async with serving(health, host=host, port=port) as address:
        if is_json:
            told = {"service": health.service, "slot": health.slot, "address": address}
            print_json(told if grpc is None else told | {"grpc": grpc})
        else:
            print_line(f"{health.service}: {health.slot}, {address}/readyz{'' if grpc is None else f', {grpc}'}")
        sys.stdout.flush()
        yield
