"""One request inside the door, and what was answered."""

import asyncio
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from eaa.domain.errors import EaaError
from eaa.services.gateway.errors import body_of, fault_body, headers_of, status_of


class ReaderGone(Exception):
    """The caller takes nothing any more."""


class Visit:
    """One request inside, and what was answered."""

    def __init__(self, request_id: str, send: Send, slowest_reader_s: float) -> None:
        self.request_id = request_id
        self.headers: dict[str, str] = {"x-request-id": request_id}
        self.status = 0
        self._send = send
        self._slowest_reader_s = slowest_reader_s

    async def send(self, message: Message) -> None:
        """Send a part of the answer; its head gets the headers of the visit.

        Raises:
            ReaderGone: The caller did not take what came before. The server ends the connection.
        """
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self.headers.items():
                headers[name] = value
        try:
            async with asyncio.timeout(self._slowest_reader_s):
                await self._send(message)
        except TimeoutError as error:
            raise ReaderGone from error

    async def refuse(self, error: EaaError) -> None:
        """Say an error, unless the answer has begun."""
        if not self.status:
            self.headers |= headers_of(error)
            await self._answer(status_of(error), body_of(error, self.request_id))

    async def fault(self) -> None:
        """Say that the fault is ours."""
        if not self.status:
            await self._answer(500, fault_body(self.request_id))

    async def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = orjson.dumps(body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})
