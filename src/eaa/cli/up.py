"""`eaa up`: the whole system, in this process or in one process for each service."""

import asyncio
import os
import sys
from collections.abc import Iterator

from eaa.adapters.system.logged_progress import LoggedProgress
from eaa.cli.exit_codes import ExitCode
from eaa.cli.logs import write_service_logs
from eaa.cli.output import print_json, print_line
from eaa.cli.serve import stopped_by_signals
from eaa.cli.serve_gateway import door_beside
from eaa.cli.serve_workers import serve_while_working
from eaa.domain.role import RoleName
from eaa.services.supervisor.supervisor import Program, Supervisor
from eaa.settings import Settings, load_settings
from eaa.wiring.place import Place
from eaa.wiring.workers import open_dispatcher

PARTING_S = 10.0
"""Beyond the time that work may take to end: for handing it over."""


async def up_in_one_process(place: Place, *, is_json: bool) -> int:
    """Serve the HTTP API and a dispatcher with the roles as functions of this process until it is told to stop."""
    settings = load_settings()
    write_service_logs(settings.log_format)
    async with open_dispatcher(settings, progress=LoggedProgress(), has_own_roles=True) as service:
        door = door_beside(service, place, settings, is_json=is_json)
        return await serve_while_working(service.station, service.dispatcher.work, settings, door=door)


async def up_in_processes(place: Place, *, replicas: int, is_json: bool) -> int:
    """Keep a process for each service running until it is told to stop; then end all of them in order."""
    settings = load_settings()
    write_service_logs(settings.log_format)
    stopped = stopped_by_signals()
    programs = tuple(programs_of(settings, place, replicas=replicas))
    supervisor = Supervisor(programs, grace_s=settings.drain_s + PARTING_S)
    running = asyncio.ensure_future(supervisor.run(stopped))
    if is_json:
        print_json({"programs": [program.name for program in programs]})
    else:
        print_line(f"up: {', '.join(program.name for program in programs)}; Ctrl-C ends all of them in order")
    sys.stdout.flush()
    await running
    return ExitCode.DONE


def programs_of(settings: Settings, place: Place, *, replicas: int) -> Iterator[Program]:
    """Yield the processes of an installation: workers hand work over before the orchestrator that they ask ends."""
    eaa = (sys.executable, "-m", "eaa")
    host, port = place.host, place.port
    environment = {"EAA_HOME": str(settings.home)}
    if settings.orchestrator_url is None and _has_models(settings):
        address = f"http://127.0.0.1:{port + 1 if port else 8421}"
        yield Program(
            "orchestrator", (*eaa, "serve", "orchestrator", "--port", address.rpartition(":")[2]), environment, order=2
        )
        environment = {**environment, "EAA_ORCHESTRATOR_URL": address}
    yield Program("gateway", (*eaa, "serve", "gateway", *gateway_arguments(place)), environment, order=2)
    for number in range(replicas):
        name = "dispatcher" if number == 0 else f"dispatcher {number + 1}"
        own_port = str(port + 3 if port and number == 0 else 0)
        yield Program(name, (*eaa, "serve", "dispatcher", "--host", host, "--port", own_port), environment, order=0)
        for role in RoleName:
            name = f"role {role}" if number == 0 else f"role {role} {number + 1}"
            # Whoever asks a role over gRPC here is a neighbour on this machine.
            own = ("--host", host, "--port", "0", "--grpc-host", "127.0.0.1")
            yield Program(name, (*eaa, "serve", "role", role, *own), environment, order=1)


def gateway_arguments(place: Place) -> Iterator[str]:
    """Yield the options with which the gateway listens at a place."""
    yield from ("--host", place.host, "--port", str(place.port))
    if place.certificate is not None:
        yield from ("--tls-certificate", str(place.certificate))
    if place.certificate_key is not None:
        yield from ("--tls-key", str(place.certificate_key))
    if place.is_behind_tls:
        yield "--behind-tls"
    for name in place.names:
        yield from ("--allowed-host", name)


def _has_models(settings: Settings) -> bool:
    from eaa.wiring.agents import has_models

    return has_models(settings, os.environ)
