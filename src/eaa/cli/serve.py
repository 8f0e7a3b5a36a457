"""`eaa serve …`: processes that other programs talk to, until they are told to stop."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

from eaa.adapters.files.owner_token import owner_token
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.role import RoleName
from eaa.services.orchestrator.identity import Tokens
from eaa.settings import load_settings
from eaa.wiring.orchestrator import OrchestratorPlace, open_orchestrator_service
from eaa.wiring.own_secrets import TOKEN_FILE


async def serve_orchestrator(place: OrchestratorPlace, *, is_json: bool) -> int:
    """Serve until SIGTERM or Ctrl-C; then let answers finish."""
    stopped = stopped_by_signals()
    async with open_orchestrator_service(load_settings(), os.environ, place) as serving:
        if is_json:
            print_json(
                {
                    "address": serving.address,
                    "grpc": serving.grpc,
                    "token_file": str(serving.token_file),
                    "models": serving.models,
                }
            )
        else:
            told = f"{serving.models} models; token in {serving.token_file}"
            addresses = serving.address if serving.grpc is None else f"{serving.address} and {serving.grpc}"
            print_line(f"orchestrator: {addresses} ({told})")
        sys.stdout.flush()
        await stopped.wait()
    return ExitCode.DONE


async def print_token(roles: tuple[RoleName, ...], *, hours: float, organisation: str | None, is_json: bool) -> int:
    """Print a token that may ask as these roles for some hours."""
    tokens = Tokens(owner_token(load_settings().home / TOKEN_FILE))
    until = datetime.now(UTC) + timedelta(hours=hours)
    organisation_id = OrganisationId(organisation) if organisation else DEFAULT_ORGANISATION
    token = tokens.sign(roles=frozenset(roles), organisation_id=organisation_id, until=until).reveal()
    if is_json:
        print_json({"token": token, "roles": sorted(roles), "until": until.isoformat(timespec="seconds")})
    else:
        print_line(token)
    return ExitCode.DONE


def stopped_by_signals() -> asyncio.Event:
    """Return an event that the first signal sets; a second one ends the process where it stands.

    Under a supervisor (`EAA_SUPERVISED`) the end of standard input is such a signal: the supervisor is gone.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopped.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if os.environ.get("EAA_SUPERVISED"):
        loop.add_reader(sys.stdin.fileno(), _when_left_alone, stopped)
    return stopped


def _when_left_alone(stopped: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()
