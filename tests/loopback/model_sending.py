"""Puts answers on the wire, whole or streamed, rightly or with a fault."""

import asyncio
import gzip
from collections.abc import Iterable
from dataclasses import replace

from tests.loopback.model_faults import Fault
from tests.loopback.model_wire import Received, Reply, Scripted, Shape

_REASONS = {200: "OK", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
_HUGE_BYTES = 300_000
_PACE_S = 0.01
"""Between two keep-alives."""


class Sender:
    """Answers on one connection. Each method returns whether the connection may serve another request."""

    def __init__(self, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        self._writer = writer
        self._gone = gone
        """Set when the client has ended the connection."""
        self.was_left = False
        """The client ended the connection while it was kept waiting."""

    async def reply(self, reply: Reply) -> bool:
        """Send a whole response."""
        await self._send(_head(reply, [("Content-Length", str(len(reply.body)))]) + reply.body)
        return True

    async def answer(self, shape: Shape, scripted: Scripted, received: Received, fault: Fault) -> bool:
        """Send an answer, whole or streamed as the request wants it."""
        if fault.kind:
            reply = shape.error(fault.kind, fault.detail.format(key=shape.key(received)))
            return await self.reply(replace(reply, headers=reply.headers + fault.headers))
        match fault.wire:
            case "redirect":
                return await self.reply(Reply(307, b"", headers=(("Location", "http://127.0.0.1:9/elsewhere"),)))
            case "slow headers":
                return await self._wait_for_the_end()
            case "cut in headers":
                await self._send(b"HTTP/1.1 200 OK\r\nContent-Ty")
                return self._cut()
            case "wrong content type":
                return await self.reply(Reply(200, b"<html>Sign in</html>", "text/html"))
            case "error inside a 200":
                return await self.reply(replace(shape.error("unavailable"), status=200))
            case "empty answer":
                scripted = replace(scripted, text="", thoughts="", calls=(), output_tokens=0)
        if shape.is_stream(received):
            return await self._stream(shape, shape.events(scripted, received), scripted, fault.wire)
        return await self._whole(shape.whole(scripted, received), scripted, fault.wire)

    async def _whole(self, reply: Reply, scripted: Scripted, wire: str) -> bool:
        reply = replace(reply, headers=reply.headers + scripted.headers)
        length = [("Content-Length", str(len(reply.body)))]
        match wire:
            case "slow first token":
                await self._send(_head(reply, length))
                return await self._wait_for_the_end()
            case "stall mid-stream":
                await self._send(_head(reply, length) + reply.body[:20])
                return await self._wait_for_the_end()
            case "cut mid-stream" | "cut between events":
                await self._send(_head(reply, length) + reply.body[: len(reply.body) // 2])
                return self._cut()
            case "ended between events" | "no length":
                body = reply.body if wire == "no length" else reply.body[: len(reply.body) // 2]
                await self._send(_head(reply, [("Connection", "close")]) + body)
                self._writer.close()
                return False
            case "malformed JSON" | "malformed event":
                return await self.reply(replace(reply, body=reply.body[: len(reply.body) // 2]))
            case "huge answer":
                return await self.reply(replace(reply, body=b'{"padding":"' + b"x" * _HUGE_BYTES + b'"}'))
            case "gzip" | "broken gzip":
                packed = gzip.compress(reply.body)
                body = packed if wire == "gzip" else packed[: len(packed) // 2]
                return await self.reply(
                    replace(reply, body=body, headers=(*reply.headers, ("Content-Encoding", "gzip")))
                )
            case "one byte a packet":
                await self._trickle(_head(reply, length) + reply.body)
                return True
            case _:
                return await self.reply(reply)

    async def _stream(self, shape: Shape, events: list[bytes], scripted: Scripted, wire: str) -> bool:
        reply = Reply(200, b"", shape.stream_type, scripted.headers)
        half = len(events) // 2
        if wire == "ended between events":
            await self._send(_head(reply, [("Connection", "close")]) + b"".join(events[:half]))
            self._writer.close()
            return False
        head = _head(reply, [("Transfer-Encoding", "chunked")])
        match wire:
            case "slow first token":
                await self._send(head)
                return await self._wait_for_the_end()
            case "stall mid-stream":
                await self._send(head + _chunks(events[:half]))
                return await self._wait_for_the_end()
            case "keep-alives for ever":
                await self._send(head + _chunks(events[:half]))
                return await self._keep_alive(shape)
            case "cut mid-stream":
                await self._send(head + _chunks([*events[:half], events[half][:-9]]))
                return self._cut()
            case "cut between events":
                await self._send(head + _chunks(events[:half]))
                return self._cut()
            case "malformed JSON" | "malformed event":
                await self._send(head + _chunks([*events[:half], shape.broken_event(), *events[half:], b""]))
                return True
            case "huge answer":
                await self._send(head + _chunks([events[0], shape.huge_event(_HUGE_BYTES), b""]))
                return True
            case "one byte a packet":
                whole = b"".join(events)
                await self._trickle(head + _chunks([whole[at : at + 1] for at in range(len(whole))]) + _chunks([b""]))
                return True
            case "keep-alives between events":
                events = [piece for event in events for piece in (shape.keep_alive(), event)]
                await self._send(head + _chunks([*events, b""]))
                return True
            case _:
                await self._send(head + _chunks([*events, b""]))
                return True

    async def _send(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def _trickle(self, content: bytes) -> None:
        for at in range(len(content)):
            await self._send(content[at : at + 1])
            await asyncio.sleep(0)

    async def _keep_alive(self, shape: Shape) -> bool:
        while not self._gone.is_set():
            await self._send(_chunks([shape.keep_alive()]))
            await asyncio.sleep(_PACE_S)
        return await self._wait_for_the_end()

    async def _wait_for_the_end(self) -> bool:
        await self._gone.wait()
        self.was_left = True
        return False

    def _cut(self) -> bool:
        # Not aborted: what was sent before must arrive.
        self._writer.close()
        return False


def _head(reply: Reply, more: list[tuple[str, str]]) -> bytes:
    given = [("Content-Type", reply.content_type), *reply.headers, *more]
    lines = [
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Status')}",
        *(f"{name}: {value}" for name, value in given),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _chunks(pieces: Iterable[bytes]) -> bytes:
    """Return the pieces in chunked coding; an empty one is the end of the body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
