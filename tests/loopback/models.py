"""A model server over real sockets, in the shape of each provider, with scripted answers and faults on demand.

    python -m tests.loopback.models [--port PORT] [--script FILE | --tasks FOLDER]

prints its address and serves until it is ended; it answers by the script, or every question with the same words.
"""

import argparse
import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.loopback.anthropic_shape import ANTHROPIC_ENDPOINTS
from tests.loopback.bedrock_shape import BEDROCK_ENDPOINTS
from tests.loopback.gemini_shape import GEMINI_ENDPOINTS
from tests.loopback.model_faults import FAULTS, Fault
from tests.loopback.model_sending import Sender
from tests.loopback.model_wire import Endpoint, Journal, Received, Reply, Scripted, Shape
from tests.loopback.openai_shape import OPENAI_ENDPOINTS
from tests.loopback.responses_shape import RESPONSES_ENDPOINTS
from tests.loopback.scripted_tasks import read_scripts
from tests.loopback.scripted_team import read_script

KEY = "sk-loopback"
_TLS_HANDSHAKE = b"\x16"
ENDPOINTS: tuple[Endpoint, ...] = (
    *OPENAI_ENDPOINTS,
    *RESPONSES_ENDPOINTS,
    *ANTHROPIC_ENDPOINTS,
    *GEMINI_ENDPOINTS,
    *BEDROCK_ENDPOINTS,
)
"""Every address of every dialect; a new dialect adds its own."""


class _TlsNotSpoken(Exception):
    """A client speaks TLS to a server without it; like real servers we answer in plain HTTP."""


class LoopbackModels:
    """The server: what it will answer next, and what it was asked."""

    def __init__(self, *, keys: tuple[str, ...] = (KEY,), models: tuple[str, ...] = ("loop-1",)) -> None:
        self.keys = keys
        self.models = models
        self.address = ""
        self.journal = Journal()
        self.hang_up = asyncio.Event()
        """Set whenever a client ends its connection while an answer is on its way."""
        self.script: Callable[[Received], Scripted] | None = None
        """Answers when nothing is lined up."""
        self.asked = asyncio.Event()
        """Set by the first request."""
        self._answers: list[Scripted] = []
        self._faults: list[Fault] = []

    @property
    def requests(self) -> list[Received]:
        """All requests, oldest first."""
        return self.journal.requests

    def will_answer(self, *answers: Scripted) -> None:
        """Line up answers, one a request; with none in line each request gets `Scripted()`."""
        self._answers.extend(answers)

    def will_fail(self, *names: str) -> None:
        """Line up faults of `FAULTS`, one a request; after the last one requests are answered rightly again."""
        self._faults.extend(FAULTS[name] for name in names)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        """Serve one connection until one side ends it; `gone` is set when the client does."""
        self.journal.connections += 1
        try:
            while (received := await _received(reader)) is not None:
                self.journal.requests.append(received)
                self.asked.set()
                if not await self._watched(received, Sender(writer, gone), gone):
                    break
        except _TlsNotSpoken:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _watched(self, received: Received, sender: Sender, gone: asyncio.Event) -> bool:
        """Answer, and note when the client goes away meanwhile."""
        answering = asyncio.ensure_future(self._answer(received, sender))
        watching = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if sender.was_left or not answering.done():
                self.journal.hang_ups += 1
                self.hang_up.set()
            return await answering
        finally:
            watching.cancel()
            answering.cancel()
            await asyncio.gather(watching, answering, return_exceptions=True)

    async def _answer(self, received: Received, sender: Sender) -> bool:
        endpoint = _endpoint(received)
        if endpoint is None:
            return await sender.reply(Reply(404, b'{"error":{"message":"no such address"}}'))
        fault = self._faults.pop(0) if self._faults else Fault()
        shape = endpoint.shape
        refusal = None if fault.kind else self._refusal(endpoint, received)
        if refusal is not None:
            return await sender.reply(refusal)
        if endpoint.plain is not None:
            return await sender.reply(shape.error(fault.kind) if fault.kind else endpoint.plain(received))
        return await sender.answer(shape, self._scripted(received, fault), received, fault)

    def _scripted(self, received: Received, fault: Fault) -> Scripted:
        if fault.kind:
            return Scripted()
        if self._answers:
            return self._answers.pop(0)
        return self.script(received) if self.script is not None else Scripted()

    def _refusal(self, endpoint: Endpoint, received: Received) -> Reply | None:
        """Return how the provider would refuse this request, or None."""
        shape: Shape = endpoint.shape
        if shape.key(received) not in self.keys:
            return shape.error("bad key")
        if received.method != "POST":
            return None
        if received.headers.get("content-type", "").partition(";")[0] != "application/json":
            return shape.error("bad request", "the content type must be application/json")
        try:
            received.content()
        except ValueError:
            return shape.error("bad request", "We could not parse the JSON body of your request.")
        complaint = shape.complaint(received) if endpoint.plain is None else ""
        if complaint:
            return shape.error("bad request", complaint)
        if shape.model(received) not in self.models:
            return shape.error("unknown model", shape.model(received))
        return None


@asynccontextmanager
async def serving_models(
    server: LoopbackModels | None = None, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[LoopbackModels]:
    """Serve on loopback, on a free port for 0, and know the address inside the block."""
    models = server or LoopbackModels()
    open_now: set[_Connection] = set()
    listening = await asyncio.get_running_loop().create_server(
        lambda: _Connection(models, open_now), "127.0.0.1", port, ssl=tls
    )
    models.address = f"{'http' if tls is None else 'https'}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield models
    finally:
        listening.close()
        tasks = [connection.task for connection in open_now if connection.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _endpoint(received: Received) -> Endpoint | None:
    found = (one for one in ENDPOINTS if one.method == received.method and one.path.fullmatch(received.path))
    return next(found, None)


async def _received(reader: asyncio.StreamReader) -> Received | None:
    """Read one request, or None at the end of the connection."""
    try:
        first = await reader.readexactly(1)
        if first == _TLS_HANDSHAKE:
            raise _TlsNotSpoken
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    request_line, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, target, _ = request_line.split(" ")
    parts = urlsplit(target)
    if headers.get("transfer-encoding") == "chunked":
        body = await _chunked(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


class _Connection(asyncio.StreamReaderProtocol):
    """Notices at once when the client goes."""

    def __init__(self, models: LoopbackModels, open_now: "set[_Connection]") -> None:
        super().__init__(asyncio.StreamReader(limit=2**20), self._connected)
        self._open_now = open_now
        self._models = models
        self._gone = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def eof_received(self) -> bool:
        self._gone.set()
        super().eof_received()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set()
        super().connection_lost(exc)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.task = asyncio.current_task()
        self._open_now.add(self)
        # Cancelled only when the server closes; Python 3.11 prints a traceback when that gets out of here.
        with suppress(asyncio.CancelledError):
            await self._models.serve(reader, writer, self._gone)
        self._open_now.discard(self)


async def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for model providers.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="JSON of a scripted team (tests/loopback/scripted_team.py)")
    parser.add_argument("--tasks", type=Path, help="folder of tasks with scripts (tests/loopback/scripted_tasks.py)")
    given = parser.parse_args()
    server = LoopbackModels(models=("loop-1", "scripted"))
    if given.script is not None:
        server.script = read_script(given.script)
    elif given.tasks is not None:
        server.script = read_scripts(given.tasks)
    async with serving_models(server, port=given.port) as models:
        print(models.address, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
