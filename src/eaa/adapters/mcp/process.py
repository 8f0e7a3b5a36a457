"""A server's process, held on a short leash: its lines, its environment and its life are bounded."""

import asyncio
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import anyio
import mcp_types as wire
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from eaa.adapters.mcp.servers_file import Server

LONGEST_LINE_BYTES = 4 * 1024 * 1024
"""A message is one line; a server that writes a longer one is ended."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
_PATIENCE_S = 1.0
"""From the end of its stdin to the kill."""
_KEPT_ERRORS = 20
"""Lines of stderr, for the person who looks why it does not start."""

Incoming: TypeAlias = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing: TypeAlias = MemoryObjectSendStream[SessionMessage]


@dataclass(slots=True)
class ServerProcess:
    """A process and everything that it has started."""

    process: asyncio.subprocess.Process
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_ERRORS))
    """The last lines of its stderr."""
    fault: str = ""
    """What it did that ended it."""
    has_hung_up: bool = False
    """It says nothing more: it has ended, or is about to."""

    @property
    def is_alive(self) -> bool:
        """Return whether it can still say something."""
        return self.process.returncode is None and not self.has_hung_up

    def kill(self) -> None:
        """End it and its children at once."""
        self.has_hung_up = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def environment_of(server: Server, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a server finds in its environment: what every program needs, and what the person listed."""
    return {name: environment[name] for name in (*_PASSED_ON, *server.environment) if name in environment}


@asynccontextmanager
async def start_server(
    server: Server, environment: Mapping[str, str], *, folder: Path
) -> AsyncIterator[tuple[Incoming, Outgoing, ServerProcess]]:
    """Start a server in a session of its own, and end all of it at the end of the block.

    Raises:
        OSError: There is no such program, or it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *server.argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment_of(server, environment),
        cwd=folder,
        start_new_session=True,
        limit=LONGEST_LINE_BYTES,
    )
    running = ServerProcess(process)
    to_us, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_us = anyio.create_memory_object_stream[SessionMessage](0)
    tasks = [
        asyncio.create_task(_read(running, to_us)),
        asyncio.create_task(_write(process, from_us)),
        asyncio.create_task(_drain_errors(running)),
    ]
    try:
        yield incoming, outgoing, running
    finally:
        for stream in (to_us, incoming, outgoing, from_us):
            stream.close()
        await _end(running, tasks)


async def _read(running: ServerProcess, to_us: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
    stdout = running.process.stdout
    assert stdout is not None
    with to_us, suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        while True:
            try:
                line = await stdout.readline()
            except ValueError:
                running.fault = f"it wrote a line longer than {LONGEST_LINE_BYTES} bytes"
                running.kill()
                return
            if not line:
                running.has_hung_up = True
                return
            with suppress(ValueError):
                # What is no message is no answer to anything: it is passed over.
                await to_us.send(SessionMessage(wire.jsonrpc_message_adapter.validate_json(line, by_name=False)))


async def _write(process: asyncio.subprocess.Process, from_us: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert process.stdin is not None
    with from_us, suppress(ConnectionError, anyio.ClosedResourceError):
        async for one in from_us:
            process.stdin.write(one.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
            await process.stdin.drain()


async def _drain_errors(running: ServerProcess) -> None:
    """Read stderr, so that a talkative server does not wait for us, and keep its end."""
    stderr = running.process.stderr
    assert stderr is not None
    while chunk := await stderr.read(64 * 1024):
        running.errors.extend(chunk.decode(errors="replace").splitlines()[-_KEPT_ERRORS:])


async def _end(running: ServerProcess, tasks: list["asyncio.Task[None]"]) -> None:
    """Let a server end by itself for a moment, then end whatever is left of it."""
    process = running.process
    assert process.stdin is not None
    try:
        process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await process.wait()
    finally:
        running.kill()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await process.wait()
