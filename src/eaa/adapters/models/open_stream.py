"""The body of a response while it comes in."""

import asyncio
from collections.abc import Mapping

import aiohttp
from yarl import URL

from eaa.adapters.models.unreachable import FOREIGN, translated
from eaa.domain.model_errors import AnswerMalformed, ModelFault, ModelTimeout
from eaa.ports.models import Route

_SILENCES_OF_KEEP_ALIVES = 2
_PARTING_S = 0.1


class OpenStream:
    """One streamed body, read by one coroutine."""

    def __init__(self, response: aiohttp.ClientResponse, url: URL, route: Route, *, longest_bytes: int) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self.media_type = response.content_type
        self._response = response
        self._url = url
        self._route = route
        self._room_bytes = longest_bytes
        self._has_begun = False
        self._has_spoken = True
        self._loop = asyncio.get_running_loop()
        self._quiet_since_s = 0.0
        if response.connection is not None and response.connection.protocol is not None:
            # Holds from the first piece on; until then the client's timer runs on the first byte's limit.
            response.connection.protocol.read_timeout = route.deadlines.idle_s

    def has_spoken(self) -> None:
        """Note that the last piece said something; a piece that did not was sent to keep the connection alive."""
        self._has_spoken = True

    async def next_piece(self) -> bytes:
        """Return the next bytes, empty at the end of the body.

        Raises:
            ModelTimeout: Nothing came for `idle_s`, or nothing but keep-alives for twice as long, or the whole took
                longer than `total_s`.
            StreamCut: The connection ended before the body did.
            AnswerMalformed: The body is longer than we read, or badly compressed.
        """
        self._refuse_endless_keep_alives()
        try:
            piece = await self._response.content.readany()
        except FOREIGN as error:
            raise self._fault(error) from None
        if not self._has_begun:
            self._begin()
        self._room_bytes -= len(piece)
        if self._room_bytes < 0:
            raise AnswerMalformed("the stream is longer than we read")
        return piece

    async def rest(self) -> bytes:
        """Return all that is left, for a body that turns out to be no stream."""
        body = b""
        while piece := await self.next_piece():
            self.has_spoken()
            body += piece
        return body

    async def part(self) -> None:
        """Wait a moment for the body's end, so that the connection can serve the next call."""
        try:
            async with asyncio.timeout(_PARTING_S):
                while await self._response.content.readany():
                    pass
        except FOREIGN:
            self._response.close()

    def _refuse_endless_keep_alives(self) -> None:
        now_s = self._loop.time()
        if self._has_spoken:
            self._has_spoken = False
            self._quiet_since_s = now_s
        elif now_s - self._quiet_since_s > self._route.deadlines.idle_s * _SILENCES_OF_KEEP_ALIVES:
            raise ModelTimeout(phase="next piece", limit_s=self._route.deadlines.idle_s * _SILENCES_OF_KEEP_ALIVES)

    def _begin(self) -> None:
        self._has_begun = True
        connection = self._response.connection
        if connection is not None and connection.protocol is not None and not self._response.content.is_eof():
            connection.protocol.start_timeout()

    def _fault(self, error: Exception) -> ModelFault:
        if isinstance(error, aiohttp.SocketTimeoutError) and self._has_begun:
            return ModelTimeout(phase="next piece", limit_s=self._route.deadlines.idle_s)
        return translated(error, self._url, self._route)
