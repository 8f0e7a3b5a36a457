"""Something that listens on loopback and answers whatever a test lets it: the right thing, or anything else."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class ScriptedServer:
    """Answers with the bytes that its script makes of a request; every answer ends the connection."""

    script: Callable[[Asked], bytes]
    address: str = ""
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, path, _ = first.split(" ")
            self.asked.append(Asked(method, path, headers, body))
            writer.write(self.script(self.asked[-1]))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving_script(script: Callable[[Asked], bytes]) -> AsyncIterator[ScriptedServer]:
    """Serve on a free loopback port and know the address inside the block."""
    server = ScriptedServer(script)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=2**24)
    server.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


def answer(body: Any, *, status: int = 200, kind: str = "application/json", **headers: str) -> bytes:
    """Return an HTTP answer; a body that is not bytes is sent as JSON. Headers are named with underscores."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close"}
    said |= {name.replace("_", "-"): text for name, text in headers.items()}
    lines = "".join(f"{name}: {text}\r\n" for name, text in said.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + content


def refusal(status: int, code: str, message: str, **headers: str) -> bytes:
    """Return an error as a gateway says it."""
    said = {"error": {"code": code, "message": message, "details": {}, "request_id": "req_1"}}
    return answer(said, status=status, **headers)


def stream(*events: dict[str, Any]) -> bytes:
    """Return a stream of events that ends."""
    frames = b"".join(b"id: %b\ndata: %b\n\n" % (one["id"].encode(), json.dumps(one).encode()) for one in events)
    return answer(b"retry: 2000\n\n" + frames, kind="text/event-stream")
