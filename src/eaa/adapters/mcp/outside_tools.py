"""Tools of MCP servers: shown as a person pinned them, refused when their server describes them otherwise."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import mcp_types as wire
from mcp.shared.exceptions import MCPError
from typing_extensions import override

from eaa.adapters.mcp.connection import Connection, ServerFailed
from eaa.adapters.mcp.pins import Described, Pins, shown_name, spec_of
from eaa.adapters.mcp.servers_file import Server
from eaa.domain.errors import ToolRefused
from eaa.domain.outside_tool import OutsideAnswer, OutsideTool
from eaa.kit.bounded import printable
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.progress import Progress


class McpTools(OutsideTools):
    """Starts each server at the first call of one of its tools, and again when it has ended."""

    def __init__(
        self,
        servers: Sequence[Server],
        pins: Pins,
        environment: Mapping[str, str],
        *,
        folder: Path,
        progress: Progress,
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._progress = progress
        self._connections: dict[str, Connection] = {}
        self._ended: list[Connection] = []
        self._places: dict[str, tuple[Server, Described]] = {}
        """Where each tool is, by the name that models call it."""
        tools = []
        for server, tool in _pinned(servers, pins):
            spec = spec_of(server.name, tool, visible_description=_visible_lines(tool.description))
            self._places[spec.name] = (server, tool)
            tools.append(OutsideTool(spec, trust=server.trust, origin=server.origin))
        self._tools = tuple(tools)

    @property
    @override
    def tools(self) -> tuple[OutsideTool, ...]:
        return self._tools

    @override
    async def call(self, name: str, arguments: Mapping[str, Any]) -> OutsideAnswer:
        if name not in self._places:
            raise ToolRefused(f"the tool {name} is not configured here any more")
        server, pinned = self._places[name]
        connection = self._connection(server)
        try:
            # Looked at before every call: a server may say one thing when it is pinned and another one later.
            self._refuse_changed(server, pinned, (await connection.tools()).get(pinned.name))
            return _answer(await connection.call(pinned.name, arguments))
        except MCPError as error:
            return OutsideAnswer(f"error {error.code}: {error.message}", is_error=True)
        except ServerFailed as failed:
            raise ToolRefused(f"the server {server.name} gave no answer: {failed}") from failed

    async def close(self) -> None:
        """End every server."""
        connections = (*self._ended, *self._connections.values())
        await asyncio.gather(*(connection.close() for connection in connections))

    def _connection(self, server: Server) -> Connection:
        connection = self._connections.get(server.name)
        if connection is not None and not connection.is_alive:
            connection.kill()
            self._ended.append(connection)
            connection = None
        if connection is None:
            connection = Connection(server, self._environment, folder=self._folder)
            self._connections[server.name] = connection
        return connection

    def _refuse_changed(self, server: Server, pinned: Described, now: Described | None) -> None:
        if now is not None and now.sha256 == pinned.sha256:
            return
        what = "has it no more" if now is None else "describes it otherwise than when it was pinned"
        look = f"`eaa mcp pin {server.name}` shows the difference and pins anew"
        self._progress.noted(f"the tool {pinned.name} was not called: the server {server.name} {what}; {look}")
        raise ToolRefused(
            f"{shown_name(server.name, pinned.name)} was not called: its server {what}. "
            f"Only a person can let it pass ({look}); go on without it"
        )


@asynccontextmanager
async def open_mcp_tools(
    servers: Sequence[Server], pins: Pins, environment: Mapping[str, str], *, folder: Path, progress: Progress
) -> AsyncIterator[McpTools]:
    """Open the tools, and end every server that was started at the end of the block."""
    tools = McpTools(servers, pins, environment, folder=folder, progress=progress)
    try:
        yield tools
    finally:
        await tools.close()


async def describe_tools(server: Server, environment: Mapping[str, str], *, folder: Path) -> dict[str, Described]:
    """Start a server, ask it for its tools, and end it.

    Raises:
        ServerFailed: It did not start or not answer; its last lines of stderr stand in the message.
    """
    connection = Connection(server, environment, folder=folder)
    try:
        return await connection.tools()
    except MCPError as error:
        raise ServerFailed(f"it answered with an error: {printable(error.message)}") from error
    except ServerFailed as failed:
        said = "; ".join(map(printable, connection.last_errors[-3:]))
        raise ServerFailed(f"{failed}{f' (stderr: {said})' if said else ''}") from failed
    finally:
        await connection.close()


def unpinned(servers: Sequence[Server], pins: Pins) -> tuple[str, ...]:
    """Return the servers of which a named tool is not pinned yet: models are not shown it."""
    return tuple(server.name for server in servers if not set(server.tools) <= set(pins.get(server.name, {})))


def _pinned(servers: Sequence[Server], pins: Pins) -> Iterator[tuple[Server, Described]]:
    for server in servers:
        for name in server.tools:
            tool = pins.get(server.name, {}).get(name)
            if tool is not None:
                yield server, tool


def _visible_lines(text: str) -> str:
    return "\n".join(map(printable, text.splitlines()))


def _answer(result: wire.CallToolResult) -> OutsideAnswer:
    texts = [_text_of(block) for block in result.content]
    if not texts and result.structured_content is not None:
        texts = [json.dumps(result.structured_content, ensure_ascii=False, indent=1)]
    return OutsideAnswer("\n".join(texts), is_error=result.is_error)


def _text_of(block: wire.ContentBlock) -> str:
    match block:
        case wire.TextContent():
            return block.text
        case wire.EmbeddedResource(resource=wire.TextResourceContents() as resource):
            return f"{resource.uri}\n{resource.text}"
        case _:
            return f"[{block.type}: not text, left out]"
