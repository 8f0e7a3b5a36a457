"""Reads what comes back from an address; nothing of it is trusted before it has the shape that was expected."""

from collections.abc import AsyncIterator
from typing import TypeVar

import aiohttp
from pydantic import ValidationError

from eaa.adapters.gateway.answers import Answer, Refusal, Refused
from eaa.domain.service_errors import NotAServer, ServerBusy, ServerFault, ServerRefused
from eaa.kit.bounded import bound_text
from eaa.kit.http_dates import seconds_between

LONGEST_ANSWER_BYTES = 256_000_000
"""A page of tasks holds their whole requests."""
LONGEST_LINE_BYTES = 16_000_000
_LONGEST_WORDS_CHARACTERS = 2_000
_LEAVE_ALONE = frozenset({429, 503})
_PROXIES = frozenset({502, 504})
"""Said by whoever stands before a gateway that is away."""
AnswerT = TypeVar("AnswerT", bound=Answer)


def answer_of(content: bytes, shape: type[AnswerT], *, address: str) -> AnswerT:
    """Return a JSON body as what it should be.

    Raises:
        NotAServer: It is not JSON, or something else.
    """
    try:
        return shape.model_validate_json(content)
    except ValidationError as error:
        # What was sent is left out: it may be anything, and as long as it likes.
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"]))
        because = bound_text(": ".join(filter(None, (place, first["msg"]))), limit_characters=200)
        raise NotAServer(address, because=because) from None


async def content_of(response: aiohttp.ClientResponse, *, address: str) -> bytes:
    """Return a whole body.

    Raises:
        NotAServer: It is longer than any answer of a gateway.
    """
    content = bytearray()
    async for piece in response.content.iter_any():
        content += piece
        if len(content) > LONGEST_ANSWER_BYTES:
            raise NotAServer(address, because=f"its answer is longer than {LONGEST_ANSWER_BYTES // 1_000_000} MB")
    return bytes(content)


async def data_of(response: aiohttp.ClientResponse, *, address: str) -> AsyncIterator[bytes]:
    """Yield the data of each event of a stream. Source: WHATWG HTML, "Server-sent events", checked 2026-11.

    Raises:
        NotAServer: It is no stream of events, or one with endless lines.
    """
    if response.content_type != "text/event-stream":
        raise NotAServer(address, because=f"{response.content_type} is no stream of events")
    begun = bytearray()
    async for piece in response.content.iter_any():
        *ended, rest = piece.split(b"\n")
        for end in ended:
            line = bytes(begun + end)
            begun.clear()
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()
        begun += rest
        if len(begun) > LONGEST_LINE_BYTES:
            raise NotAServer(address, because=f"an event is longer than {LONGEST_LINE_BYTES // 1_000_000} MB")


async def refuse(response: aiohttp.ClientResponse, *, address: str) -> None:
    """Let an answer pass that is none of an error.

    Raises:
        ServerRefused: What was asked cannot be done; nothing was.
        ServerBusy: It does nothing now.
        ServerFault: It could not do it.
        NotAServer: It says so in a way that is not a gateway's.
    """
    status = response.status
    if status in (200, 201):
        return
    refusal = _refusal(await content_of(response, address=address), address=address)
    words = f"{address} answered {status}" if refusal is None else _bounded(refusal.message)
    hint, said = ("", "") if refusal is None else (_bounded(refusal.hint), _bounded(refusal.code))
    if status in _LEAVE_ALONE or (status in _PROXIES and refusal is None):
        raise ServerBusy(words, hint=hint, said=said, retry_after_s=_retry_after_s(response))
    if status == 500 or (status > 500 and refusal is not None):
        raise ServerFault(words, hint=hint, said=said)
    if refusal is None:
        raise NotAServer(address, because=f"it says {status}")
    raise ServerRefused(words, hint=hint, said=said)


def _refusal(content: bytes, *, address: str) -> Refusal | None:
    try:
        return answer_of(content, Refused, address=address).error
    except NotAServer:
        return None


def _bounded(text: str) -> str:
    return bound_text(text, limit_characters=_LONGEST_WORDS_CHARACTERS)


def _retry_after_s(response: aiohttp.ClientResponse) -> float | None:
    """Return seconds, whether they were said as such or as a moment. Source: RFC 9110, 10.2.3."""
    said = response.headers.get("Retry-After", "")
    if said.isascii() and said.isdigit() and len(said) < 19:
        return float(said)
    return seconds_between(response.headers.get("Date", ""), said)
