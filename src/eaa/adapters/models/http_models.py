"""Models over HTTP: a dialect's pure pair around one transport."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from typing_extensions import override

from eaa.adapters.models.dialect import WireDialect
from eaa.adapters.models.dialects import Dialects
from eaa.adapters.models.open_stream import OpenStream
from eaa.adapters.models.transport import LONGEST_ANSWER_BYTES, HttpTransport, Response, open_transport
from eaa.domain.completion import Completion, CompletionEvent, CompletionRequest, Embeddings, Finished
from eaa.domain.model_errors import AnswerMalformed, ModelFault
from eaa.ports.clock import Clock
from eaa.ports.models import Models, Route

_TELLING_CHARACTERS = 8
_STREAMS = frozenset({"text/event-stream", "application/vnd.amazon.eventstream"})


@asynccontextmanager
async def open_models(*, clock: Clock, longest_answer_bytes: int = LONGEST_ANSWER_BYTES) -> AsyncIterator["HttpModels"]:
    """Open the connections to all providers, one pool for the process, and close them at the end of the block."""
    async with open_transport(longest_answer_bytes=longest_answer_bytes) as transport:
        yield HttpModels(transport, clock=clock)


class HttpModels(Models):
    """Any provider, in the dialect that it speaks. Made by `open_models`, or around somebody's own connections."""

    def __init__(self, transport: HttpTransport, *, clock: Clock) -> None:
        """Take the connections, and the time for signatures."""
        self._transport = transport
        self._dialects = Dialects(clock=clock)

    @override
    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        try:
            dialect = self._dialect(route)
            wire = dialect.completion_request(request, route, is_stream=False)
            response = await self._transport.send(wire, route)
            return dialect.completion(_json_of(response, dialect), response.headers)
        except ModelFault as fault:
            _make_whole(fault, route)
            raise

    @override
    async def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        try:
            dialect = self._dialect(route)
            wire = dialect.completion_request(request, route, is_stream=True)
            async with self._transport.stream(wire, route) as response:
                if isinstance(response, Response):
                    raise dialect.fault(response.status, response.headers, response.body)
                await _refuse_other_content(response, dialect)
                decoder = dialect.decoder(response.headers)
                is_finished = False
                while not is_finished and (piece := await response.next_piece()):
                    events = decoder.feed(piece)
                    if events:
                        response.has_spoken()
                        is_finished = isinstance(events[-1], Finished)
                        for event in events:
                            yield event
                for event in decoder.end():
                    yield event
                if is_finished:
                    await response.part()
        except ModelFault as fault:
            _make_whole(fault, route)
            raise

    @override
    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        try:
            dialect = self._dialect(route)
            wire = dialect.embedding_request(texts, route)
            response = await self._transport.send(wire, route)
            found = dialect.embeddings(_json_of(response, dialect), response.headers)
            if len(found.vectors) != len(texts):
                raise AnswerMalformed(f"{len(found.vectors)} vectors came back for {len(texts)} texts")
            return found
        except ModelFault as fault:
            _make_whole(fault, route)
            raise

    def _dialect(self, route: Route) -> WireDialect:
        return self._dialects[route.provider.dialect]


def _make_whole(fault: ModelFault, route: Route) -> None:
    """Let a fault say which model it is about, and never the key: some servers show the one that they refuse."""
    fault.model = route.model.name
    key = route.key.reveal() if route.key is not None else ""
    if key and key[:_TELLING_CHARACTERS] in fault.because:
        fault.because = _without(key, fault.because)
        fault.args = (fault.because,)


def _without(key: str, text: str) -> str:
    """Return the text without the key, nor a beginning of it where the text was shortened."""
    tail = key[_TELLING_CHARACTERS:]
    first, *others = text.split(key[:_TELLING_CHARACTERS])
    return "(the key)".join([first, *(other[_shared(tail, other) :] for other in others)])


def _shared(one: str, other: str) -> int:
    """Return with how many equal characters both begin."""
    shortest = min(len(one), len(other))
    return next((at for at in range(shortest) if one[at] != other[at]), shortest)


def _json_of(response: Response, dialect: WireDialect) -> bytes:
    """Return the body of an answer, which says that it is JSON.

    Raises:
        ModelFault: The status says otherwise, or the content type does.
    """
    if not 200 <= response.status < 300:
        raise dialect.fault(response.status, response.headers, response.body)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise _other_content(media_type)
    return response.body


async def _refuse_other_content(response: OpenStream, dialect: WireDialect) -> None:
    """Raise unless the body is a stream. Some providers report an error as JSON with a status of 200.

    Raises:
        ModelFault: What that JSON says.
        AnswerMalformed: It is anything else.
    """
    if response.media_type in _STREAMS:
        return
    if response.media_type == "application/json":
        dialect.completion(await response.rest(), response.headers)
    raise _other_content(response.media_type)


def _other_content(media_type: str) -> ModelFault:
    return AnswerMalformed(
        f"the answer is {media_type or 'of no content type'}, not what the format says",
        hint="Check the provider's `base_url`: another server may answer there.",
    )
