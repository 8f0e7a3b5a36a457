"""A gateway that runs elsewhere, as its HTTP API tells: JSON in, JSON out, events as a stream."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from eaa.domain.secret import Secret
from eaa.domain.service_errors import ServerFault, ServerRefused, ServiceUnreachable

CONNECT_S = 10.0
ANSWER_S = 120.0
"""A stop is answered when nothing of the run works any more, a new task when its repository was fetched."""
QUIET_S = 60.0
"""A stream's longest silence; the gateway breaks its own with comments."""
_FOREIGN = (aiohttp.ClientError, TimeoutError, OSError)


class HttpGateway:
    """Made by `open_gateway_at`."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")

    async def get(self, path: str) -> Any:
        """Return what is there.

        Raises:
            ServerRefused: It is not there, or may not be seen.
            ServerFault: The server could not say.
            ServiceUnreachable: There is no usable answer.
        """
        return await self._asked("GET", path, None, None)

    async def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """Do something and return the answer; with an idempotency key, the same again does nothing again.

        Raises:
            ServerRefused: It cannot be done; nothing was.
            ServerFault: The server could not do it.
            ServiceUnreachable: There is no usable answer; with a key it can be asked again.
        """
        return await self._asked("POST", path, body or {}, key)

    async def text(self, path: str) -> str:
        """Return a text that is no JSON; raises what `get` raises."""
        said: str = await self._asked("GET", path, None, None)
        return said

    async def events(self, *, task: str, after: str | None) -> AsyncGenerator[dict[str, Any], None]:
        """Yield a task's events as they happen, without an end; raises what `get` raises."""
        query = {"task": task} | ({"after": after} if after else {})
        quiet = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=QUIET_S)
        try:
            stream = self._session.get(
                f"{self._url}/v1/events/stream", params=query, timeout=quiet, allow_redirects=False
            )
            async with stream as response:
                await self._refuse(response)
                async for line in response.content:
                    if line.startswith(b"data: "):
                        yield json.loads(line.removeprefix(b"data: "))
        except _FOREIGN as error:
            raise ServiceUnreachable(self._url, because=_because(error)) from error

    async def _asked(self, verb: str, path: str, body: dict[str, Any] | None, key: str | None) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        patience = aiohttp.ClientTimeout(total=ANSWER_S, connect=CONNECT_S)
        try:
            async with self._session.request(
                verb, self._url + path, json=body, headers=headers, timeout=patience, allow_redirects=False
            ) as response:
                await self._refuse(response)
                is_json = response.content_type == "application/json"
                return await response.json() if is_json else await response.text()
        except _FOREIGN as error:
            raise ServiceUnreachable(self._url, because=_because(error)) from error

    async def _refuse(self, response: aiohttp.ClientResponse) -> None:
        if response.status < 300:
            return
        try:
            said = json.loads(await response.read())["error"]
            code, message = str(said["code"]), str(said["message"])
            hint = str(said.get("details", {}).get("hint", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            code, message, hint = "", f"{self._url} answered {response.status}, and not as a gateway does", ""
        if response.status < 500:
            raise ServerRefused(message, hint=hint, said=code)
        raise ServerFault(message, hint=hint, said=code)


@asynccontextmanager
async def open_gateway_at(url: str, token: Secret, *, ca_file: str | None = None) -> AsyncIterator[HttpGateway]:
    """Open a client and close its connections at the end of the block; nothing is connected yet.

    Args:
        url: `https://host:port`, or `http://` on this machine.
        token: Of the installation there.
        ca_file: Certificates to trust in place of the system's.
    """
    headers = {"Authorization": f"Bearer {token.reveal()}", "User-Agent": "eaa"}
    connector = aiohttp.TCPConnector(ssl=_trusting(ca_file))
    async with aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as one:
        yield HttpGateway(one, url)


def _trusting(ca_file: str | None) -> Any:
    if ca_file is None:
        return True
    import ssl

    return ssl.create_default_context(cafile=ca_file)


def _because(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
