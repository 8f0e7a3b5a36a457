"""POSTs over HTTP with their deadlines and bounds. Nothing here knows a dialect."""

import io
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import aiohttp
from yarl import URL

from eaa.adapters.models.dialect import WireRequest
from eaa.adapters.models.open_stream import OpenStream
from eaa.adapters.models.unreachable import FOREIGN, translated
from eaa.domain.model import Deadlines
from eaa.domain.model_errors import AnswerMalformed, ModelFault, ModelUnreachable, StreamCut
from eaa.ports.models import Route

LONGEST_ANSWER_BYTES: Final = 64 * 1024 * 1024
"""A thousand embeddings of three thousand numbers each fit."""
_LONGEST_ERROR_BYTES = 64 * 1024
_KEPT_OPEN_S = 30.0
_COPIED_AT_ONCE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response."""

    status: int
    headers: Mapping[str, str]
    """Names are found in any case."""
    body: bytes


class HttpTransport:
    """All providers' connections in one pool. Redirects are refused: a key is for one address only."""

    def __init__(self, session: aiohttp.ClientSession, *, longest_answer_bytes: int = LONGEST_ANSWER_BYTES) -> None:
        self._session = session
        self._longest_answer_bytes = longest_answer_bytes

    async def send(self, wire: WireRequest, route: Route) -> Response:
        """POST and return the whole response, whatever its status.

        Raises:
            ModelFault: No connection, a deadline, a cut or endless body, a redirect.
        """
        url = _parsed(wire.url, route.provider.name)
        try:
            async with self._posted(wire, url, route) as response:
                _refuse_redirect(response)
                if not 200 <= response.status < 300:
                    return Response(response.status, response.headers, await _beginning(response))
                body = await self._whole(response)
                return Response(response.status, response.headers, body)
        except FOREIGN as error:
            # The HTTP client's own exceptions carry the request with its headers, and the key is one of them.
            raise translated(error, url, route) from None

    @asynccontextmanager
    async def stream(self, wire: WireRequest, route: Route) -> AsyncIterator[OpenStream | Response]:
        """POST and give the body piece by piece; a response that is not 2xx is given whole.

        Leaving the block before the end of the body closes the connection.

        Raises:
            ModelFault: As in `send`; later faults come from the stream itself.
        """
        url = _parsed(wire.url, route.provider.name)
        try:
            response = await self._posted(wire, url, route)
        except FOREIGN as error:
            raise translated(error, url, route) from None
        try:
            _refuse_redirect(response)
            if 200 <= response.status < 300:
                yield OpenStream(response, url, route, longest_bytes=self._longest_answer_bytes)
            else:
                yield Response(response.status, response.headers, await _beginning(response))
        finally:
            response.release()

    def _posted(self, wire: WireRequest, url: URL, route: Route) -> "aiohttp.client._RequestContextManager":
        provider = route.provider
        return self._session.post(
            url,
            # A long body is written piece by piece, so that other calls of this process go on meanwhile.
            data=wire.body if len(wire.body) <= _COPIED_AT_ONCE_BYTES else io.BytesIO(wire.body),
            headers=wire.headers,
            allow_redirects=False,
            timeout=_timeout(route.deadlines),
            ssl=True if provider.ca_file is None else _trust(provider.ca_file),
            proxy=provider.proxy,
        )

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        length = response.content_length
        if length is not None and length > self._longest_answer_bytes:
            raise _too_long(self._longest_answer_bytes)
        if length is not None and "Content-Encoding" not in response.headers:
            return await response.read()
        body = bytearray()
        while piece := await response.content.readany():
            body += piece
            if len(body) > self._longest_answer_bytes:
                raise _too_long(self._longest_answer_bytes)
        is_length_unsaid = length is None and "Transfer-Encoding" not in response.headers
        if is_length_unsaid and not body.rstrip().endswith((b"}", b"]")):
            raise StreamCut("the connection ended before the answer did")
        return bytes(body)


@asynccontextmanager
async def open_transport(*, longest_answer_bytes: int = LONGEST_ANSWER_BYTES) -> AsyncIterator[HttpTransport]:
    """Open the one pool of connections of this process, and close it at the end of the block.

    How many calls go out at once is decided by whoever knows the providers' limits, not here.
    """
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_OPEN_S)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "eaa"}
    ) as session:
        yield HttpTransport(session, longest_answer_bytes=longest_answer_bytes)


def _refuse_redirect(response: aiohttp.ClientResponse) -> None:
    if 300 <= response.status < 400:
        raise ModelUnreachable(
            f"{response.url.host} sends us to another address ({response.status})",
            hint="Set the provider's `base_url` to its present address; a key is not taken elsewhere.",
        )


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Return the beginning of an error's body. The status says more than a body that was cut, so that is no fault."""
    body = b""
    try:
        while len(body) < _LONGEST_ERROR_BYTES and (piece := await response.content.readany()):
            body += piece
    except FOREIGN:
        return body
    return body


def _too_long(limit_bytes: int) -> ModelFault:
    return AnswerMalformed(f"the answer is longer than {limit_bytes} bytes")


@lru_cache(maxsize=1024)
def _parsed(url: str, provider: str) -> URL:
    try:
        parsed = URL(url, encoded=True)
        if parsed.scheme in {"http", "https"} and parsed.host and parsed.port is not None:
            return parsed
    except ValueError:
        pass
    raise ModelUnreachable(f"the address of provider {provider} is no HTTP address", hint="Correct its `base_url`.")


@lru_cache(maxsize=64)
def _timeout(deadlines: Deadlines) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=deadlines.total_s, connect=deadlines.connect_s, sock_read=deadlines.first_byte_s, ceil_threshold=60
    )


@lru_cache(maxsize=64)
def _trust(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ModelUnreachable(
            f"the certificates of `ca_file` cannot be read: {error.strerror or 'no certificate in it'}",
            hint="Give a file of PEM certificates that this user may read.",
        ) from error
