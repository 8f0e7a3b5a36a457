"""Bearer tokens: the owner's, which may do everything, and short-lived ones that it signs for some roles."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from eaa.domain.caller import Caller, NotIdentified
from eaa.domain.ids import OrganisationId
from eaa.domain.role import RoleName
from eaa.domain.secret import Secret

PREFIX = "eaa1"
_PURPOSE = b"eaa orchestrator: tokens for roles"
_HINT = "Send `Authorization: Bearer …` with the token of EAA_HOME/token, or one that `eaa token` printed."


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str
    roles: list[RoleName]
    until: int
    """Unix time in seconds."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Recognises callers. A new owner's token makes everything void that the old one signed."""

    owner: Secret
    _key: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", hmac.digest(self.owner.reveal().encode(), _PURPOSE, "sha256"))

    def sign(self, *, roles: frozenset[RoleName], organisation_id: OrganisationId, until: datetime) -> Secret:
        """Return a token that may ask as these roles, on this organisation's account, until then."""
        claims = _Claims(organisation_id, sorted(roles), int(until.timestamp()))
        said = f"{PREFIX}.{_packed(msgspec.json.encode(claims))}"
        return Secret(f"{said}.{_packed(self._seal(said))}")

    def caller(self, authorization: str, *, now: datetime) -> Caller:
        """Return who an `Authorization` header speaks for.

        Raises:
            NotIdentified: There is no token in it, or it is not ours, was changed, or is over.
        """
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotIdentified("no token was sent", hint=_HINT)
        if hmac.compare_digest(token.encode(errors="replace"), self.owner.reveal().encode()):
            return Caller()
        said, _, seal = token.rpartition(".")
        if not said.startswith(f"{PREFIX}.") or not hmac.compare_digest(_unpacked(seal), self._seal(said)):
            raise NotIdentified("the token is not one of ours", hint=_HINT)
        claims = msgspec.json.decode(_unpacked(said.removeprefix(f"{PREFIX}.")), type=_Claims)
        if claims.until <= now.timestamp():
            raise NotIdentified("the token is over", hint="Let `eaa token` print a new one.")
        return Caller(OrganisationId(claims.organisation), frozenset(claims.roles))

    def _seal(self, said: str) -> bytes:
        return hmac.digest(self._key, said.encode(errors="replace"), "sha256")


def _packed(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError):
        return b""
