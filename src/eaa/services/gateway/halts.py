"""Halting a run once per request: sent again under the same key, a request means the run that it meant at first."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from fastapi import Request, Response

from eaa.domain.directive import Halt
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.kept_reply import KeptReply
from eaa.domain.run import Run
from eaa.engine.halting import halt_run
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.services.gateway.house import House
from eaa.services.gateway.sending import JSON, fingerprint_of, key_of, refuse_another, replayed
from eaa.services.gateway.views import halted_view

_UNDER_WAY = 102
"""As HTTP counts it. Such a reply's body is the id of the run that is being halted."""


async def halt_once(request: Request, house: House, halt: Halt, choose: Callable[[], Awaitable[Run]]) -> Response:
    """Halt the chosen run, and answer when nothing of it works any more.

    With an idempotency key the choice is on record before anything is halted. Whoever sends the request again, also
    after the process that began it is gone, halts that run and no later attempt at its task.

    Raises:
        EaaError: What `choose` raises; nothing is kept then.
        NotServed: The key is not one, or was used for another request.
    """
    key = key_of(request)
    if key is None:
        return _answer(await _halted((await choose()).id, house, halt))
    fingerprint = await fingerprint_of(request)
    there = await _find(house, key)
    if there is None:
        chosen = (await choose()).id.encode()
        claim = KeptReply(DEFAULT_ORGANISATION, key, fingerprint, _UNDER_WAY, chosen, house.desk.clock.now())
        async with house.desk.store.begin() as session:
            there = await session.kept_replies.claim(claim) or claim
    refuse_another(there, fingerprint)
    if there.status != _UNDER_WAY:
        return replayed(there, fingerprint)
    content = await _halted(RunId(there.body.decode()), house, halt)
    async with house.desk.store.begin() as session:
        if await session.kept_replies.replace(there, replace(there, status=200, body=content)):
            return _answer(content)
        first = await session.kept_replies.find(DEFAULT_ORGANISATION, key)
    # Another process, asked with the same key, was done before; None: it was forgotten meanwhile.
    return _answer(content) if first is None else replayed(first, fingerprint)


async def _find(house: House, key: str) -> KeptReply | None:
    async with house.desk.store.begin() as session:
        return await session.kept_replies.find(DEFAULT_ORGANISATION, key)


async def _halted(run_id: RunId, house: House, halt: Halt) -> bytes:
    halted = await halt_run(run_id, halt, desk=house.desk, slots=house.slots)
    await house.signals.ring(RUNS_TOPIC)
    return halted_view(halted).model_dump_json().encode()


def _answer(content: bytes) -> Response:
    return Response(content, media_type=JSON)
