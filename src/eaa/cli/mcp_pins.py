"""`eaa mcp pin` and `eaa mcp list`: which tools of other servers models may call, and what these say of themselves."""

import difflib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eaa.adapters.mcp.connection import ServerFailed
from eaa.adapters.mcp.outside_tools import describe_tools
from eaa.adapters.mcp.pins import Described, fault_of, read_pins, shown_name, write_pins
from eaa.adapters.mcp.servers_file import Server, read_servers
from eaa.adapters.schemas.schemas import JsonSchemas
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import PinOptions
from eaa.cli.output import print_json, print_line
from eaa.domain.errors import InvalidRequest
from eaa.settings import load_settings
from eaa.wiring.outside_tools import pins_path, servers_path


@dataclass(frozen=True, slots=True)
class Comparison:
    """A tool as it was pinned and as its server describes it now."""

    name: str
    pinned: Described | None
    now: Described | None
    fault: str | None = None
    """Why it cannot be shown to models as it is now."""

    @property
    def state(self) -> str:
        """Return how the two differ, in a word."""
        if self.fault is not None:
            return "unusable"
        if self.now is None:
            return "gone"
        if self.pinned is None:
            return "new"
        return "same" if self.pinned.sha256 == self.now.sha256 else "changed"


async def pin_server(options: PinOptions) -> int:
    """Show what a server says of its tools beside what is pinned; with `--yes`, pin it.

    Returns:
        0 when models may call what the server offers now, 4 when a person has to look and say yes.

    Raises:
        InvalidRequest: No server is called that, or it does not answer.
    """
    settings = load_settings()
    server = _named(options.server, read_servers(servers_path(settings)))
    pins = read_pins(pins_path(settings))
    try:
        offered = await describe_tools(server, os.environ, folder=settings.home)
    except ServerFailed as failed:
        raise InvalidRequest(
            f"the server {server.name} cannot be asked: {failed}", hint="Run its command by hand to see why."
        ) from failed
    compared = [_compared(server, name, pins.get(server.name, {}), offered) for name in server.tools]
    if options.has_consent:
        usable = {one.name: one.now for one in compared if one.now is not None and one.fault is None}
        write_pins(pins_path(settings), pins, server, usable)
    is_settled = all(
        one.state == "same" or (options.has_consent and one.state in ("new", "changed")) for one in compared
    )
    if options.is_json:
        facts = [_facts(one, server) for one in compared]
        print_json({"server": server.name, "is_pinned": options.has_consent, "tools": facts})
    else:
        _print(server, compared, offered, options)
    return ExitCode.DONE if is_settled else ExitCode.WAITS


async def list_servers(*, is_json: bool) -> int:
    """Print the servers of `mcp.toml` and which of their tools are pinned; starts none of them."""
    settings = load_settings()
    servers, pins = read_servers(servers_path(settings)), read_pins(pins_path(settings))
    rows = [
        {
            "server": server.name,
            "command": list(server.argv),
            "environment": list(server.environment),
            "trust": server.trust,
            "origin": server.origin,
            "tools": {name: name in pins.get(server.name, {}) for name in server.tools},
        }
        for server in servers
    ]
    if is_json:
        print_json({"servers": rows})
        return ExitCode.DONE
    for server in servers:
        print_line(f"{server.name}: {server.trust}, answers are {server.origin}; {' '.join(server.argv)}")
        for name in server.tools:
            is_pinned = name in pins.get(server.name, {})
            state = "pinned" if is_pinned else "not pinned, not shown to models"
            print_line(f"  {shown_name(server.name, name)}: {state}")
    if not servers:
        print_line(f"no server; {servers_path(settings)} would name them (docs/mcp.md)")
    return ExitCode.DONE


def _named(name: str, servers: Sequence[Server]) -> Server:
    server = next((one for one in servers if one.name == name), None)
    if server is None:
        known = ", ".join(one.name for one in servers) or "none"
        raise InvalidRequest(f"no server is called {name!r}", hint=f"mcp.toml names: {known}.")
    return server


def _compared(
    server: Server, name: str, pinned: Mapping[str, Described], offered: Mapping[str, Described]
) -> Comparison:
    now = offered.get(name)
    fault = None if now is None else fault_of(server.name, now) or _schema_fault(now)
    return Comparison(name, pinned.get(name), now, fault)


def _schema_fault(tool: Described) -> str | None:
    try:
        JsonSchemas().problems({}, tool.schema_json)
    except ValueError as error:
        return f"its schema cannot be used: {error}"
    return None


def _facts(one: Comparison, server: Server) -> dict[str, Any]:
    return {
        "tool": one.name,
        "shown_as": shown_name(server.name, one.name),
        "state": one.state,
        "fault": one.fault,
        "sha256": one.now.sha256 if one.now is not None else None,
        "pinned_sha256": one.pinned.sha256 if one.pinned is not None else None,
        "difference": _difference(one),
    }


def _print(
    server: Server, compared: Sequence[Comparison], offered: Mapping[str, Described], options: PinOptions
) -> None:
    for one in compared:
        print_line(f"{one.name}: {one.state}{f', {one.fault}' if one.fault else ''}")
        for line in _difference(one):
            print_line(f"  {line}")
    others = sorted(set(offered) - set(server.tools))
    if others:
        print_line(f"it offers too, and mcp.toml does not name: {', '.join(others)}")
    if options.has_consent:
        print_line(f"pinned; runs that begin from now on are shown the tools of {server.name}")
    elif any(one.state in ("new", "changed") for one in compared):
        print_line(f"let it pass, when every word of it is right: eaa mcp pin {server.name} --yes")


def _difference(one: Comparison) -> list[str]:
    """Return the lines that were taken away and added, as a diff; all of them for a new tool."""
    if one.state == "same":
        return []
    return list(difflib.unified_diff(_lines(one.pinned), _lines(one.now), "pinned", "now", lineterm="", n=2))


def _lines(tool: Described | None) -> list[str]:
    if tool is None:
        return []
    schema = json.dumps(json.loads(tool.schema_json), indent=1)
    return [*tool.description.splitlines(), *schema.splitlines()]
