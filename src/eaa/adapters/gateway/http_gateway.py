"""A gateway that runs elsewhere, as its HTTP API tells: JSON in, JSON out, events as a stream."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, Final

import aiohttp

from eaa.adapters.gateway.answers import Event
from eaa.adapters.gateway.reading import AnswerT, answer_of, content_of, data_of, refuse
from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.domain.service_errors import NotAServer, ServerBusy, ServiceUnreachable
from eaa.kit.pauses import pause_before

CONNECT_S = 10.0
ANSWER_S = 120.0
"""A stop is answered when nothing of the run works any more, a new task when its repository was fetched."""
QUIET_S = 60.0
"""A stream's longest silence; the gateway breaks its own with comments."""
PATIENCE_S = 30.0
"""How long a busy server is waited for, in all."""
LONGEST_BODY_BYTES = 2_000_000
"""That a gateway takes."""
MOST_TASKS = 100
"""That a gateway takes in one request."""
_FOREIGN: Final = (aiohttp.ClientError, TimeoutError, OSError)
_JSON = "application/json"
_DIFF = "text/x-diff"


class HttpGateway:
    """Made by `open_gateway_at`. A server that is busy is asked again for PATIENCE_S before that is an error."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._pause = pause

    async def get(self, path: str, shape: type[AnswerT]) -> AnswerT:
        """Return what is there.

        Raises:
            ServerRefused: It is not there, or may not be seen.
            ServerBusy: The server answers nobody at the moment.
            ServerFault: The server could not say.
            NotAServer: The answer is none of a gateway.
            ServiceUnreachable: There is no usable answer.
        """
        _, content = await self._asked_patiently("GET", path, b"", {})
        return answer_of(content, shape, address=self._url)

    async def post(
        self, path: str, shape: type[AnswerT], body: Mapping[str, Any] | None = None, *, key: str
    ) -> AnswerT:
        """Do something and return the answer; with the same idempotency key the same again does nothing again.

        Raises:
            InvalidRequest: A text in the body cannot be sent.
            ServerRefused: It cannot be done; nothing was.
            ServerBusy: The server does nothing at the moment; it can be asked again.
            ServerFault: The server could not do it.
            NotAServer: The answer is none of a gateway.
            ServiceUnreachable: There is no usable answer; it can be asked again.
        """
        headers = {"Idempotency-Key": key, "Content-Type": _JSON}
        _, content = await self._asked_patiently("POST", path, body_of(body or {}), headers)
        return answer_of(content, shape, address=self._url)

    async def diff(self, path: str) -> str:
        """Return a change; raises what `get` raises."""
        kind, content = await self._asked_patiently("GET", path, b"", {})
        if kind != _DIFF:
            raise NotAServer(self._url, because=f"{kind} is no change")
        return content.decode(errors="replace")

    async def events(self, *, task: str, after: str | None) -> AsyncGenerator[Event, None]:
        """Yield a task's events as they happen, until the server ends the stream; raises what `get` raises.

        A busy server is an error at once: only the caller knows how long it can wait.
        """
        query = {"task": task} | ({"after": after} if after else {})
        quiet = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=QUIET_S)
        try:
            stream = self._session.get(
                f"{self._url}/v1/events/stream", params=query, timeout=quiet, allow_redirects=False
            )
            async with stream as response:
                await refuse(response, address=self._url)
                async for data in data_of(response, address=self._url):
                    yield answer_of(data, Event, address=self._url)
        except _FOREIGN as error:
            raise self._no_answer(error) from error

    async def _asked_patiently(self, verb: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
        """Return the content type and the body of an answer."""
        tries, waited_s = 0, 0.0
        while True:
            try:
                return await self._asked(verb, path, body, headers)
            except ServerBusy as error:
                tries += 1
                pause_s = pause_before(tries, told_s=error.retry_after_s)
                waited_s += pause_s
                if waited_s > PATIENCE_S:
                    raise
            await self._pause(pause_s)

    async def _asked(self, verb: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[str, bytes]:
        patience = aiohttp.ClientTimeout(total=ANSWER_S, connect=CONNECT_S)
        try:
            async with self._session.request(
                verb,
                self._url + path,
                data=BytesIO(body) if body else None,
                headers=headers,
                timeout=patience,
                allow_redirects=False,
            ) as response:
                await refuse(response, address=self._url)
                return response.content_type, await content_of(response, address=self._url)
        except _FOREIGN as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> NotAServer | ServiceUnreachable:
        match error:
            case aiohttp.ClientResponseError():
                return NotAServer(self._url, because="it does not speak HTTP")
            case aiohttp.ClientPayloadError():
                because = "its answer broke off"
            case TimeoutError():
                because = "no answer in time"
            case _:
                because = str(error) or type(error).__name__
        return ServiceUnreachable(self._url, because=because)


@asynccontextmanager
async def open_gateway_at(url: str, token: Secret, *, ca_file: str | None = None) -> AsyncIterator[HttpGateway]:
    """Open a client and close its connections at the end of the block; nothing is connected yet.

    Args:
        url: `https://host:port`, or `http://` on this machine.
        token: Of the installation there; it can stand in a header.
        ca_file: Certificates to trust in place of the system's.

    Raises:
        InvalidRequest: The file cannot be read, or holds no certificates.
    """
    headers = {"Authorization": f"Bearer {token.reveal()}", "User-Agent": "eaa"}
    connector = aiohttp.TCPConnector(ssl=True if ca_file is None else _trusting(ca_file))
    async with aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as one:
        yield HttpGateway(one, url)


def body_of(said: Mapping[str, Any]) -> bytes:
    """Return a body as it is sent: a text takes no more bytes than its characters in UTF-8, escapes aside.

    Raises:
        InvalidRequest: A text holds half a character.
    """
    try:
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("a text is not UTF-8", hint="Save the file, or set the terminal, as UTF-8.") from error


def _trusting(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        # An error of ssl is one of the operating system, and names its source line where others name the file.
        because = "it holds no certificates in PEM" if isinstance(error, ssl.SSLError) else str(error)
        raise InvalidRequest(
            f"the authorities in {ca_file} cannot be trusted: {because}",
            hint="Let EAA_TLS_CA_FILE (`tls_ca_file`) name a PEM file that you may read.",
        ) from error
