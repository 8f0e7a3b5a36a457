"""One conversation with a server, from its start to its end."""

import asyncio
from collections.abc import Coroutine, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import mcp_types as wire
import pydantic
from mcp.client.session import ClientSession
from mcp.shared.exceptions import MCPError

from eaa.adapters.mcp.pins import Described, described
from eaa.adapters.mcp.process import ServerProcess, start_server
from eaa.adapters.mcp.servers_file import Server

START_S = 30.0
_MOST_PAGES = 20

T = TypeVar("T")
Reply = TypeVar("Reply", bound=pydantic.BaseModel)


class ServerFailed(Exception):
    """A server did not start, did not answer, or answered nonsense. The words are ours."""


class Connection:
    """A server that runs. Its protocol lives in a task of its own, so that anybody may ask it."""

    def __init__(self, server: Server, environment: Mapping[str, str], *, folder: Path) -> None:
        self._server = server
        self._environment = environment
        self._folder = folder
        self._closing = asyncio.Event()
        self._process: ServerProcess | None = None
        self._ready: asyncio.Future[ClientSession] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live())

    @property
    def is_alive(self) -> bool:
        """Return whether it can be asked."""
        has_ended = self._closing.is_set() or (self._process is not None and not self._process.is_alive)
        return not has_ended

    @property
    def last_errors(self) -> tuple[str, ...]:
        """Return the last lines of the server's stderr: for a person, never for a model."""
        return tuple(self._process.errors) if self._process is not None else ()

    async def tools(self) -> dict[str, Described]:
        """Return what the server says of its tools now.

        Raises:
            ServerFailed: It did not start, or not answer in time.
        """
        tools: dict[str, Described] = {}
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            request = wire.ListToolsRequest(params=wire.PaginatedRequestParams(cursor=cursor))
            page = await self._ask(request, wire.ListToolsResult)
            for tool in page.tools:
                tools.setdefault(tool.name, described(tool.name, tool.description, tool.input_schema))
            cursor = page.next_cursor
            if cursor is None:
                return tools
        raise ServerFailed(f"the list of its tools has more than {_MOST_PAGES} pages")

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> wire.CallToolResult:
        """Call a tool.

        Raises:
            MCPError: The server answered with an error of the protocol.
            ServerFailed: It did not answer in time, or ended.
        """
        params = wire.CallToolRequestParams(name=tool, arguments=dict(arguments))
        return await self._ask(wire.CallToolRequest(params=params), wire.CallToolResult)

    def kill(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
        self._closing.set()

    async def close(self) -> None:
        """End the server, and return when nothing is left of it."""
        self._closing.set()
        if not self._ready.done():
            # It has not greeted yet, and nobody waits for that any more.
            self.kill()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self, request: Any, kind: type[Reply]) -> Reply:
        session = await self._session()
        try:
            return await self._within(session.send_request(request, kind), self._server.timeout_s)
        except TimeoutError:
            self.kill()
            raise ServerFailed(f"it did not answer within {self._server.timeout_s:g} s and was ended") from None
        except pydantic.ValidationError:
            raise ServerFailed("its answer is none that the protocol knows") from None
        except MCPError:
            if self._process is not None and (self._process.fault or not self._process.is_alive):
                raise ServerFailed(self._process.fault or "it ended in the middle of the call") from None
            raise

    async def _session(self) -> ClientSession:
        try:
            return await self._within(asyncio.shield(self._ready), START_S)
        except TimeoutError:
            self.kill()
            raise ServerFailed(f"it did not greet within {START_S:g} s") from None

    async def _within(self, work: "Coroutine[Any, Any, T] | asyncio.Future[T]", seconds: float) -> T:
        """Return what work comes to. Whoever is cancelled while he waits leaves at once, and the server is ended."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            # The protocol would first tell a server that may not listen.
            self.kill()
            task.cancel()
            raise
        if not done:
            task.cancel()
            raise TimeoutError
        return task.result()

    async def _live(self) -> None:
        try:
            async with start_server(self._server, self._environment, folder=self._folder) as (read, write, process):
                self._process = process
                if self._closing.is_set():
                    # Whoever wanted it has gone while it started.
                    process.kill()
                client = wire.Implementation(name="eaa", version=version("eaa"))
                async with ClientSession(read, write, client_info=client) as session:
                    await session.initialize()
                    if not self._ready.done():
                        self._ready.set_result(session)
                    await self._closing.wait()
        except Exception as error:
            # Whatever it was: the one who waits for the server is told, in words that hold none of the server's.
            if not self._ready.done():
                self._ready.set_exception(ServerFailed(_why(error, self._process)))
                self._ready.exception()
        finally:
            self._closing.set()


def _why(error: Exception, process: ServerProcess | None) -> str:
    if isinstance(error, OSError):
        return f"it cannot be started: {error.strerror or type(error).__name__}"
    if process is not None and not process.is_alive:
        return process.fault or "it ended before it had greeted"
    if isinstance(error, MCPError):
        return f"it refused the greeting (error {error.code})"
    return f"it does not speak the protocol ({type(error).__name__})"
