"""From what is asked of a role to a brief and a call's name: the one place where it becomes ours."""

from dataclasses import dataclass

import msgspec

from eaa.domain.brief import Brief
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import BlobId
from eaa.domain.role import RoleName
from eaa.engine.codec import decode
from eaa.engine.role_queue import STAGE_ROLES
from eaa.ports.blobs import Blobs
from eaa.wire.role_pb2 import AskRequest

LONGEST_KEY = 128
_BRIEF_HINT = "A brief is what eaa's dispatcher renders: read one from the `brief_blob` of an earlier call."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    brief: Brief
    name: str | None
    """Of the call, where the caller named it by a key."""
    wait_s: float | None
    """None: as long as the caller's deadline allows."""


async def asked_of(request: AskRequest, *, role: RoleName, blobs: Blobs) -> Asked:
    """Return what a request asks for.

    Raises:
        InvalidRequest: There is no usable brief in it, or it is another run's, generation's or role's.
        BlobNotFound: Nothing is kept at the brief's address.
    """
    wait_s = request.wait_s if request.HasField("wait_s") else None
    if wait_s is not None and not 0 <= wait_s < float("inf"):
        raise InvalidRequest("wait_s is no time", hint="Give seconds, 0 for none, or leave it out.")
    brief = await _brief(request, blobs)
    if (brief.run_id, brief.generation) != (request.run_id, request.generation):
        raise InvalidRequest(
            "the brief is not of the run and generation that the request names",
            hint=f"The brief says {brief.run_id}, generation {brief.generation}.",
        )
    if STAGE_ROLES[brief.stage] is not role:
        raise InvalidRequest(
            f"{role} does not work on the stage {brief.stage}", hint=f"Ask {STAGE_ROLES[brief.stage]} for it."
        )
    return Asked(brief, _name(request.idempotency_key), wait_s)


async def _brief(request: AskRequest, blobs: Blobs) -> Brief:
    match request.WhichOneof("brief"):
        case "brief_json":
            content = request.brief_json
        case "brief_blob":
            content = await blobs.get(BlobId(request.brief_blob))
        case _:
            raise InvalidRequest("the request holds no brief", hint=_BRIEF_HINT)
    try:
        return decode(content, Brief)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # The message names the place; a value of the brief is never in it.
        place = _flaw_of(error)
        raise InvalidRequest(f"the brief cannot be read: {place}", hint=_BRIEF_HINT) from None


def _flaw_of(error: Exception) -> str:
    match error:
        case msgspec.ValidationError():
            return str(error)
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return "it is not JSON"


def _name(key: str) -> str | None:
    if not key:
        return None
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidRequest(
            "the idempotency key cannot be used", hint=f"Use up to {LONGEST_KEY} printable ASCII characters."
        )
    # No stage is called so: a key never stands for a call that the dispatcher put.
    return f"key {key}"
