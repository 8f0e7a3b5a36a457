"""`eaa serve gateway`, and the HTTP API of `eaa up`."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eaa.adapters.system.logged_progress import LoggedProgress
from eaa.cli.exit_codes import ExitCode
from eaa.cli.logs import write_service_logs
from eaa.cli.output import print_json, print_line
from eaa.cli.serve import stopped_by_signals
from eaa.services.health.parts import Part
from eaa.settings import Settings, load_settings
from eaa.wiring.gateway import Around, open_gateway
from eaa.wiring.own_secrets import TOKEN_FILE
from eaa.wiring.place import Place
from eaa.wiring.records import database_fault, open_records
from eaa.wiring.signals import open_signals
from eaa.wiring.workers import DispatcherService


async def serve_gateway(place: Place, *, is_json: bool) -> int:
    """Serve the HTTP API until SIGTERM or Ctrl-C; then let answers finish. Any number of replicas may do so."""
    settings = load_settings()
    write_service_logs(settings.log_format)
    stopped = stopped_by_signals()
    async with open_records(settings, progress=LoggedProgress()) as records, open_signals(settings) as signals:
        around = Around(parts=[Part("database", database_fault(records))], is_draining=stopped.is_set)
        opened = open_gateway(settings, os.environ, place, records=records, signals=signals, around=around)
        async with opened as address:
            _say("gateway", address, settings, is_json=is_json)
            await stopped.wait()
    return ExitCode.DONE


@asynccontextmanager
async def door_beside(
    service: DispatcherService, place: Place, settings: Settings, *, is_json: bool
) -> AsyncIterator[None]:
    """Serve the HTTP API inside the block, in the process of a dispatcher and with what that tells of itself."""
    station, health = service.station, service.health
    around = Around(
        parts=health.parts,
        is_draining=health.is_draining,
        figures=lambda: "\n".join(health.metrics()) + "\n",
        switches=station.switches,
    )
    async with open_records(settings, progress=LoggedProgress()) as records:
        opened = open_gateway(settings, os.environ, place, records=records, signals=station.signals, around=around)
        async with opened as address:
            _say("up", address, settings, is_json=is_json, slot=station.place.slot)
            yield


def _say(service: str, address: str, settings: Settings, *, is_json: bool, slot: str | None = None) -> None:
    """Say on stdout that the process is ready, and where."""
    token_file = settings.home / TOKEN_FILE
    if is_json:
        facts = {"service": service, "address": address, "token_file": str(token_file)}
        print_json(facts if slot is None else facts | {"slot": slot})
    else:
        print_line(f"{service}: {address} (docs at {address}/docs; token in {token_file})")
    sys.stdout.flush()
