"""`mcp.toml`: the servers whose tools models may call, as the person whose machine it is wrote them down.

The file lies in EAA_HOME and never in a repository: what it names is started outside of the sandbox.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from eaa.domain.errors import InvalidRequest
from eaa.domain.origin import Origin
from eaa.domain.outside_tool import Trust

_SERVER_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
_WRITABLE_BY_ALL = 0o002
_HINT = "docs/mcp.md shows each field; `$` in the message stands for the file."

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3_600)]
Word = Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[^\x00]*$")]


@dataclass(frozen=True, slots=True)
class Server:
    """A program that speaks the protocol on its stdin and stdout."""

    name: str
    argv: tuple[str, ...]
    environment: tuple[str, ...]
    """Names of the variables that are passed on, beside those that every program needs."""
    tools: tuple[str, ...]
    """The server's own names of the tools that may be called, in the order in which they are shown."""
    trust: Trust
    origin: Origin
    """Of what its tools answer."""
    timeout_s: float
    """For one call."""


class _Server(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    command: Word
    tools: Annotated[tuple[Word, ...], msgspec.Meta(min_length=1)]
    trust: Trust
    args: tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")], ...] = ()
    environment: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    origin: Origin = Origin.MACHINE
    timeout_s: Seconds = 60.0


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    servers: dict[str, _Server] = {}


def read_servers(path: Path) -> tuple[Server, ...]:
    """Return the servers in the order of the file; none when there is no such file.

    Raises:
        InvalidRequest: It cannot be read, everybody may write it, or it says something that cannot be.
    """
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            values = tomllib.load(file)
    except FileNotFoundError:
        return ()
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{path} cannot be used: {error}", hint="Mend the file, or move it away.") from error
    if mode & _WRITABLE_BY_ALL:
        raise InvalidRequest(
            f"everybody may write {path}, and what it names is started on this machine",
            hint=f"Look at it, then `chmod 600 {path}`.",
        )
    try:
        said = msgspec.convert(values, _File)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{path} says something that cannot be: {error}", hint=_HINT) from error
    return tuple(_server(name, one) for name, one in said.servers.items())


def _server(name: str, said: _Server) -> Server:
    if _SERVER_NAME.fullmatch(name) is None:
        raise InvalidRequest(
            f"{name!r} cannot name a server",
            hint="A name is a small letter, then small letters, digits and hyphens, 20 at most.",
        )
    if len(set(said.tools)) < len(said.tools):
        raise InvalidRequest(f"server {name} names a tool twice", hint="Name each of its tools once.")
    return Server(
        name=name,
        argv=(said.command, *said.args),
        environment=said.environment,
        tools=said.tools,
        trust=said.trust,
        origin=said.origin,
        timeout_s=said.timeout_s,
    )
