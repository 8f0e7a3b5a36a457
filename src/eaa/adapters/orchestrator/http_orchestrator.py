"""An orchestrator that runs elsewhere, over HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from typing_extensions import override

from eaa.adapters.orchestrator.faults import refusal_of
from eaa.adapters.orchestrator.reading import EventReader, answer_of, embeddings_of
from eaa.adapters.orchestrator.writing import chat_body, embedding_body
from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent
from eaa.domain.completion import Embeddings
from eaa.domain.model_errors import AnswerMalformed, ModelFault, ModelTimeout, ModelUnreachable, StreamCut
from eaa.domain.secret import Secret
from eaa.ports.orchestrator import Orchestrator, Takeover

CONNECT_S = 10.0
ANSWER_S = 900.0
"""The service has its own patience and deadlines, which end sooner; this is for one that died without a word."""
QUIET_S = 60.0
"""A stream's longest silence; the service breaks its own with a comment every quarter of that."""
_FOREIGN = (aiohttp.ClientError, TimeoutError, OSError)


class HttpOrchestrator(Orchestrator):
    """Passes every ask on. Whoever stops waiting ends the call there, and upstream of there."""

    def __init__(self, session: aiohttp.ClientSession, url: str, *, count_tokens: Callable[[Ask], int]) -> None:
        self._session = session
        self._url = url.rstrip("/").removesuffix("/v1")
        self._count_tokens = count_tokens

    @override
    async def complete(self, ask: Ask) -> Answer:
        return answer_of(await self._posted("/v1/chat/completions", chat_body(ask)))

    @override
    async def stream(
        self, ask: Ask, *, takeover: Takeover = Takeover.RESTART
    ) -> AsyncGenerator[OrchestratedEvent, None]:
        reader = EventReader()
        body = chat_body(ask, takeover=takeover)
        response = await self._sent("/v1/chat/completions", body, quiet_s=QUIET_S)
        try:
            async for piece in self._pieces(response):
                for event in reader.feed(piece):
                    yield event
        finally:
            # Before its end the connection cannot serve another call, and closing it is what ends this one.
            response.release()
        if not reader.is_over:
            raise StreamCut("the orchestrator's stream ended before the answer did")

    @override
    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        if not texts:
            return Embeddings(vectors=(), usage=None)
        body = embedding_body(texts, account=account, model=model)
        return embeddings_of(await self._posted("/v1/embeddings", body))

    @override
    def count_tokens(self, ask: Ask) -> int:
        return self._count_tokens(ask)

    async def _posted(self, path: str, body: bytes) -> bytes:
        response = await self._sent(path, body, quiet_s=ANSWER_S)
        try:
            return await response.read()
        except _FOREIGN as error:
            raise self._translated(error, ANSWER_S) from None
        finally:
            response.release()

    async def _sent(self, path: str, body: bytes, *, quiet_s: float) -> aiohttp.ClientResponse:
        """Return a response with status 200.

        Raises:
            EaaError: What the service says stopped it, or that it cannot be reached.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=quiet_s)
        try:
            response = await self._session.post(
                self._url + path,
                data=body,
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
                timeout=timeout,
            )
            if response.status == 200:
                return response
            async with response:
                content = await response.read()
        except _FOREIGN as error:
            # The client's own exceptions carry the request, and the token is in it.
            raise self._translated(error, quiet_s) from None
        raise refusal_of(response.status, content)

    async def _pieces(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for piece in response.content.iter_any():
                yield piece
        except _FOREIGN as error:
            raise self._translated(error, QUIET_S) from None

    def _translated(self, error: Exception, quiet_s: float) -> ModelFault:
        match error:
            case aiohttp.ConnectionTimeoutError():
                return ModelTimeout(phase="connection", limit_s=CONNECT_S)
            case aiohttp.SocketTimeoutError() | TimeoutError():
                return ModelTimeout(phase="next piece", limit_s=quiet_s)
            case aiohttp.ClientConnectorError():
                reason = error.os_error.strerror or type(error.os_error).__name__
                return ModelUnreachable(
                    f"the orchestrator at {self._url} cannot be reached: {reason.lower()}",
                    hint="Start it with `eaa serve orchestrator`, or correct EAA_ORCHESTRATOR_URL.",
                )
            case aiohttp.ClientResponseError():
                return AnswerMalformed("what came back from the orchestrator is not HTTP")
            case _:
                return StreamCut("the connection to the orchestrator ended before the answer did")


@asynccontextmanager
async def open_http_orchestrator(
    url: str, *, token: Secret, count_tokens: Callable[[Ask], int]
) -> AsyncIterator[HttpOrchestrator]:
    """Open connections to the service at a URL and close them at the end of the block.

    Args:
        url: Its address, with or without `/v1`.
        token: Proves who asks.
        count_tokens: Tells a prompt's tokens here; nobody waits for a service to count.
    """
    headers = {"Authorization": f"Bearer {token.reveal()}", "User-Agent": "eaa"}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), headers=headers
    ) as session:
        yield HttpOrchestrator(session, url, count_tokens=count_tokens)
