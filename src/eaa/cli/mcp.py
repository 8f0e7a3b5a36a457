"""`eaa mcp`: the door for other programs."""

import os
import signal

from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import DoorOptions
from eaa.cli.progress import QuietProgress
from eaa.cli.requests import environment_request
from eaa.services.mcp.house import HouseRules
from eaa.settings import load_settings
from eaa.wiring.mcp import open_house
from eaa.wiring.outside_tools import require_mcp


async def serve_programs(options: DoorOptions) -> int:
    """Serve until stdin is closed."""
    require_mcp()
    # Loads the protocol, which no other command needs.
    from eaa.services.mcp.server import serve

    rules = HouseRules(
        origin=options.origin,
        repositories=options.repositories,
        most_usd=options.budget_usd,
        environment=environment_request(
            python=options.python, test_command=options.test_command, has_consent=options.has_consent
        ),
    )
    # A thread waits for the next line of stdin and cannot be called back, so Ctrl-C ends the process as it would any
    # program. Whatever is written, is written in one transaction.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    async with open_house(load_settings(), os.environ, rules=rules, progress=QuietProgress()) as house:
        await serve(house, schemas=JsonSchemas())
    return ExitCode.DONE
