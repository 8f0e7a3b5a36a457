"""What a person has seen of each tool and let pass: its words and schema, with their hash. Written by `eaa mcp pin`."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from eaa.adapters.mcp.servers_file import Server
from eaa.domain.completion import ToolSpec
from eaa.domain.errors import InvalidRequest
from eaa.kit.digest import sha256_hex

LARGEST_TOOL_BYTES = 16 * 1024
"""Of description and schema together: they stand in every prompt."""
_SHOWN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every provider takes as a tool's name."""


@dataclass(frozen=True, slots=True)
class Described:
    """A tool as its server describes it."""

    name: str
    description: str
    schema_json: str
    """Canonical JSON."""

    @property
    def sha256(self) -> str:
        """Return the hash that is pinned: over name, description and schema."""
        return sha256_hex(json.dumps([self.name, self.description, self.schema_json]).encode())


class _Pin(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    description: str
    schema: str
    sha256: str


Pins = Mapping[str, Mapping[str, Described]]
"""By server and tool."""


def described(name: str, description: str | None, schema: Mapping[str, Any]) -> Described:
    """Return a tool as it is compared and pinned."""
    return Described(name, description or "", json.dumps(schema, sort_keys=True, separators=(",", ":")))


def shown_name(server: str, tool: str) -> str:
    """Return what models call a tool."""
    return f"{server}__{tool}"


def fault_of(server: str, tool: Described) -> str | None:
    """Return why a tool cannot be shown to models at all; None when it can."""
    if _SHOWN_NAME.fullmatch(shown_name(server, tool.name)) is None:
        return "its name holds more than letters, digits, hyphens and underscores, or is too long"
    if len(tool.description.encode(errors="replace")) + len(tool.schema_json) > LARGEST_TOOL_BYTES:
        return f"its description and schema are larger than {LARGEST_TOOL_BYTES} bytes"
    return None


def spec_of(server: str, tool: Described, *, visible_description: str) -> ToolSpec:
    """Return the tool as models see it."""
    return ToolSpec(shown_name(server, tool.name), visible_description, tool.schema_json)


def read_pins(path: Path) -> Pins:
    """Return what is pinned; nothing when there is no such file.

    Raises:
        InvalidRequest: The file was changed by hand or is broken: a hash does not fit its words.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    hint = "Move it away and pin anew: `eaa mcp pin NAME`."
    try:
        stored = msgspec.json.decode(content, type=dict[str, dict[str, _Pin]])
    except msgspec.DecodeError as error:
        raise InvalidRequest(f"{path} cannot be used: {error}", hint=hint) from error
    pins: dict[str, dict[str, Described]] = {}
    for server, tools in stored.items():
        for name, pin in tools.items():
            tool = Described(name, pin.description, pin.schema)
            if tool.sha256 != pin.sha256:
                raise InvalidRequest(f"{path}: the hash of {server}/{name} does not fit its words", hint=hint)
            pins.setdefault(server, {})[name] = tool
    return pins


def write_pins(path: Path, pins: Pins, server: Server, tools: Mapping[str, Described]) -> None:
    """Replace what is pinned of a server; the file is there whole or as before."""
    kept = {**pins, server.name: tools}
    stored = {
        name: {tool.name: _Pin(tool.description, tool.schema_json, tool.sha256) for tool in of_server.values()}
        for name, of_server in kept.items()
    }
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(stored), indent=1))
        unfinished.replace(path)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
