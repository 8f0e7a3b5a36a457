"""The processes that work: dispatchers and role services."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain

from eaa.domain.executor import FROZEN_AFTER
from eaa.domain.ids import RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits
from eaa.engine.dispatcher import DISPATCHER, Dispatcher, DispatchRules
from eaa.engine.environments_here import RolesHere
from eaa.engine.intake import Opened
from eaa.engine.reach import Reach
from eaa.engine.role_queue import QueuedRoles
from eaa.engine.role_worker import RoleWorker
from eaa.kit.metrics import gauge_lines
from eaa.ports.progress import Progress
from eaa.ports.roles import Roles
from eaa.roles.team import InlineRoles
from eaa.services.health.parts import Part
from eaa.services.health.server import Health
from eaa.services.rpc.meters import RpcMeters
from eaa.settings import Settings
from eaa.wiring.app import change_flow, open_change_workflows
from eaa.wiring.event_work import open_event_work
from eaa.wiring.repositories import has_one_disk
from eaa.wiring.station import Station, open_station
from eaa.wiring.workplace import ModelWish

DISPATCHER_PORT = 8423
ROLE_PORTS = {
    RoleName.PM: 8440, RoleName.SA: 8441, RoleName.RD: 8442, RoleName.SD: 8443, RoleName.QA: 8444, RoleName.SRE: 8445
}  # fmt: skip
_POLL_S = 1.0
"""A process that serves all day looks less often than a command that somebody waits for."""
HEALTH_OFFSET = 10
"""A role's gRPC port and this: where it tells how it is over HTTP."""


@dataclass(frozen=True, slots=True)
class DispatcherService:
    """A dispatcher, ready to work."""

    station: Station
    dispatcher: Dispatcher
    health: Health


@dataclass(frozen=True, slots=True)
class RoleService:
    """A role's worker, ready to work."""

    station: Station
    worker: RoleWorker
    health: Health
    rpc: RpcMeters


@asynccontextmanager
async def open_dispatcher(
    settings: Settings, *, progress: Progress, has_own_roles: bool, models: ModelWish | None = None
) -> AsyncIterator[DispatcherService]:
    """Open a dispatcher; nothing is taken before its `work`.

    Args:
        settings: Where everything is, and how much may go on at a time.
        progress: Who watches.
        has_own_roles: Whether the roles are functions of this process; else they are asked through their queues.
        models: None keeps all models out of it.
    """
    wanted: set[RunId] = set()
    async with AsyncExitStack() as stack:
        station = await stack.enter_async_context(
            open_station(settings, slot_prefix=DISPATCHER, progress=progress, models=models or ModelWish())
        )
        abandoned: list[RunId] = []
        suspects: set[RunId] = set()
        roles: Roles = _roles_here(station)
        if not has_own_roles:
            roles = _queued(station, abandoned, suspects)
        workflows = await stack.enter_async_context(
            open_change_workflows(
                settings,
                station.place,
                flow=change_flow(settings, station.place, roles=roles),
                wanted=wanted,
                poll_s=_POLL_S,
            )
        )
        dispatcher = Dispatcher(
            slot=station.place.slot,
            desk=station.place.desk,
            workflows=workflows,
            liveness=station.liveness,
            signals=station.signals,
            wanted=wanted,
            rules=DispatchRules(at_once=settings.runs_at_once, at_once_everywhere=settings.runs_at_once_everywhere),
            calls=None if has_own_roles else station.calls,
            prepare=_limits_of(station),
            reach=None if has_one_disk(settings) else Reach(station.place.tools.repositories),
            toggles=station.switches.toggles,
            abandoned=abandoned,
            suspects=suspects,
        )
        events = await stack.enter_async_context(open_event_work(settings, station))
        health = _health("dispatcher", station, lambda: chain(_runs(dispatcher), events.figures()), events.parts)
        yield DispatcherService(station, dispatcher, health)


@asynccontextmanager
async def open_role(
    settings: Settings, role: RoleName, *, progress: Progress, at_once: int, limits: QueueLimits
) -> AsyncIterator[RoleService]:
    """Open the worker of a role; nothing is taken before its `work`."""
    async with open_station(settings, slot_prefix=f"role-{role}", progress=progress, models=ModelWish()) as station:
        worker = RoleWorker(
            role=role,
            slot=station.place.slot,
            roles=_roles_here(station),
            calls=station.calls,
            blobs=station.place.desk.blobs,
            signals=station.signals,
            at_once=at_once,
            limits=limits,
        )
        rpc = RpcMeters()
        health = _health(f"role {role}", station, lambda: chain(_calls(worker), rpc.lines()))
        yield RoleService(station, worker, health, rpc)


def _roles_here(station: Station) -> RolesHere:
    tools = station.place.tools
    return RolesHere(InlineRoles(tools), tools.toolchain, station.place.desk)


def _queued(station: Station, abandoned: list[RunId], suspects: set[RunId]) -> QueuedRoles:
    desk = station.place.desk

    async def priority_of(run_id: RunId) -> int:
        async with desk.store.begin() as session:
            return (await session.runs.get(run_id)).priority

    return QueuedRoles(
        calls=station.calls,
        blobs=desk.blobs,
        signals=station.signals,
        liveness=station.liveness,
        clock=desk.clock,
        ids=desk.ids,
        abandoned=abandoned.append,
        priority_of=priority_of,
        is_suspect=suspects.__contains__,
    )


class _limits_of:  # noqa: N801  (reads like the function it is)
    """Holds a run that begins to its budget; one that goes on keeps the one it has."""

    def __init__(self, station: Station) -> None:
        self._agents = station.place.agents

    async def __call__(self, opened: Opened) -> None:
        if self._agents is not None and opened.order.has_model and opened.run.generation == 1:
            # Loaded only where a model works.
            from eaa.wiring.agents import DEFAULT_BUDGET_USD

            await self._agents.limit(opened.run.id, opened.order.budget_usd or DEFAULT_BUDGET_USD)


def _health(service: str, station: Station, figures: Callable[[], Iterator[str]], more: Sequence[Part] = ()) -> Health:
    parts = [Part("database", station.is_database_well), station.switches.part, *more]

    def metrics() -> Iterator[str]:
        yield from figures()
        yield from gauge_lines(
            "eaa_executor_frozen_after_seconds",
            "Silence after which a process counts as gone.",
            [((), FROZEN_AFTER.total_seconds())],
        )

    return Health(
        service=service,
        slot=station.place.slot,
        parts=parts,
        is_draining=station.draining.is_set,
        metrics=metrics,
    )


def _runs(dispatcher: Dispatcher) -> Iterator[str]:
    labels = [((("slot", dispatcher.slot),), float(len(dispatcher.working_on)))]
    return gauge_lines("eaa_runs_working", "Runs that this process works on.", labels)


def _calls(worker: RoleWorker) -> Iterator[str]:
    labels = [((("slot", worker.slot), ("role", str(worker.role))), float(len(worker.working_on)))]
    return gauge_lines("eaa_role_calls_working", "Calls that this process works on.", labels)
