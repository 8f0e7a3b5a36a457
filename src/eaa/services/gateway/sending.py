"""Sending answers: with an ETag where somebody may ask again, and once where somebody sends a request twice."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel

from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.kept_reply import KeptReply
from eaa.engine.cached_reads import Found, Way
from eaa.kit.digest import sha256_hex
from eaa.ports.store import Session
from eaa.services.gateway.errors import NotServed
from eaa.services.gateway.house import House

LONGEST_KEY_CHARACTERS = 200
JSON = "application/json"
Work = Callable[[Session], Awaitable[BaseModel]]


def send(request: Request, view: BaseModel) -> Response:
    """Return an answer with its ETag, or that nothing has changed since the caller got that one."""
    return _send(request, view.model_dump_json().encode(), {})


def send_read(request: Request, found: Found, *, now: datetime) -> Response:
    """Return what a costly read has found, with its age and whether it was read anew for this request.

    Source: RFC 9211, "The Cache-Status HTTP Response Header Field".
    """
    age_s = max(0, int((now - found.read.made_at).total_seconds()))
    status = {Way.HIT: "eaa; hit", Way.MISS: "eaa; fwd=miss; stored", Way.WAITED: "eaa; fwd=miss; collapsed"}
    return _send(request, found.read.content, {"age": str(age_s), "cache-status": status[found.way]})


def _send(request: Request, content: bytes, more: dict[str, str]) -> Response:
    tag = f'"{sha256_hex(content)[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    # What a run does next is nobody's business to guess: a copy is asked about before it is used again.
    headers = {"etag": tag, "cache-control": "private, no-cache", **more}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)


async def kept(request: Request, house: House) -> Response | None:
    """Return what was answered to this very request before, when it has an idempotency key; None when it is new.

    Raises:
        NotServed: The key is too long, or was used for another request.
    """
    key = key_of(request)
    if key is None:
        return None
    async with house.desk.store.begin() as session:
        answer = await session.kept_replies.find(DEFAULT_ORGANISATION, key)
    return None if answer is None else replayed(answer, await fingerprint_of(request))


async def send_once(request: Request, house: House, work: Work, *, status: int = 200) -> Response:
    """Do something in one transaction and answer; with an idempotency key, the same request again gets this answer.

    An error is not kept: nothing was done then, and the caller may try again.

    Raises:
        NotServed: The key is too long, or was used for another request.
    """
    key = key_of(request)
    fingerprint = await fingerprint_of(request)
    async with house.desk.store.begin() as session:
        claim = KeptReply(DEFAULT_ORGANISATION, key or "", fingerprint, status, b"", house.desk.clock.now())
        there = await session.kept_replies.claim(claim) if key is not None else None
        if there is not None:
            return replayed(there, fingerprint)
        content = (await work(session)).model_dump_json().encode()
        if key is not None:
            await session.kept_replies.keep(replace(claim, body=content))
    return Response(content, status_code=status, media_type=JSON)


def replayed(answer: KeptReply, fingerprint: str) -> Response:
    """Return a kept answer once more.

    Raises:
        NotServed: It is the answer to another request.
    """
    refuse_another(answer, fingerprint)
    headers = {"idempotency-replayed": "true"}
    return Response(answer.body, status_code=answer.status, media_type=JSON, headers=headers)


def refuse_another(answer: KeptReply, fingerprint: str) -> None:
    """Do nothing when a key stands for this request.

    Raises:
        NotServed: It stands for another one.
    """
    if answer.fingerprint != fingerprint:
        raise NotServed(
            "this Idempotency-Key was used for another request", status=422, hint="Choose a new key for a new request."
        )


def key_of(request: Request) -> str | None:
    """Return a request's idempotency key.

    Raises:
        NotServed: It is too long, or empty.
    """
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= LONGEST_KEY_CHARACTERS:
        raise NotServed(
            f"an Idempotency-Key has 1 to {LONGEST_KEY_CHARACTERS} characters", status=400, hint="A UUID is a good one."
        )
    return key


async def fingerprint_of(request: Request) -> str:
    """Return what a key stands for: the digest of the request's method, path and body."""
    return sha256_hex(f"{request.method} {request.url.path}\n".encode() + await request.body())
