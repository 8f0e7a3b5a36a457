"""Tools outside of the sandbox, from `mcp.toml`. Without that file nothing of the protocol is loaded."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from eaa.domain.errors import InvalidRequest
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.progress import Progress
from eaa.settings import Settings

SERVERS_FILE = "mcp.toml"
PINS_FILE = "mcp-pins.json"


def require_mcp() -> None:
    """Refuse to go on without the package that speaks the protocol.

    Raises:
        InvalidRequest: It is not installed.
    """
    if find_spec("mcp") is None:
        raise InvalidRequest(
            "the Model Context Protocol needs the package `mcp`, which is not installed",
            hint="Install it beside eaa: `pip install 'eaa[mcp]'`.",
        )


@asynccontextmanager
async def open_outside_tools(
    settings: Settings, environment: Mapping[str, str], *, progress: Progress
) -> AsyncIterator[OutsideTools | None]:
    """Open the tools that the person configured; None when there are none. No server is started yet.

    Raises:
        InvalidRequest: `mcp.toml` or the pins cannot be used, or the package is missing.
    """
    if not servers_path(settings).exists():
        yield None
        return
    require_mcp()
    from eaa.adapters.mcp.outside_tools import open_mcp_tools, unpinned
    from eaa.adapters.mcp.pins import read_pins
    from eaa.adapters.mcp.servers_file import read_servers

    servers, pins = read_servers(servers_path(settings)), read_pins(pins_path(settings))
    for name in unpinned(servers, pins):
        progress.noted(f"no model is shown the tools of {name} that are not pinned yet: `eaa mcp pin {name}`")
    async with open_mcp_tools(servers, pins, environment, folder=settings.home, progress=progress) as tools:
        yield tools


def servers_path(settings: Settings) -> Path:
    """Return where the servers are written down."""
    return settings.home / SERVERS_FILE


def pins_path(settings: Settings) -> Path:
    """Return where pins are kept."""
    return settings.home / PINS_FILE
