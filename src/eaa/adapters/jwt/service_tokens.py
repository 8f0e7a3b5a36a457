"""Service tokens as JSON Web Tokens, signed with HMAC-SHA256 and a key derived from the master key."""

import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from typing_extensions import override

from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.secret import Secret
from eaa.domain.service_token import CLOCK_SKEW_S, LONGEST_LIFE_S, ServiceToken, TokenRefused
from eaa.ports.clock import Clock
from eaa.ports.service_tokens import ServiceTokens
from eaa.ports.signing_keys import SigningKeys

PURPOSE = "service tokens 1"
_ALGORITHM = "HS256"
_TYPE = "eaa-service+jwt"
_CLAIMS = ["iss", "aud", "iat", "exp", "jti", "org", "scope"]


class JwtServiceTokens(ServiceTokens):
    """Signs with the newest key and takes every key that the file still holds, named by the token's `kid`."""

    def __init__(
        self,
        keys: SigningKeys,
        *,
        clock: Clock,
        require_here: Callable[[OrganisationId], None] = lambda _: None,
    ) -> None:
        """Make what signs and reads.

        Args:
            keys: The newest signs; all of them are known again.
            clock: Tells whether a token is over.
            require_here: Raises OrganisationElsewhere for organisations that are on another shard.
        """
        self._keys = keys
        self._clock = clock
        self._require_here = require_here

    @override
    def sign(
        self,
        *,
        issuer: str,
        audience: str,
        scopes: Collection[str],
        organisation_id: OrganisationId = DEFAULT_ORGANISATION,
        life_s: int = LONGEST_LIFE_S,
    ) -> Secret:
        if not 0 < life_s <= LONGEST_LIFE_S:
            raise ValueError(f"a token lives between 1 and {LONGEST_LIFE_S} s, not {life_s}")
        name, key = next(iter(self._keys.keys_for(PURPOSE).items()))
        now_s = int(self._clock.now().timestamp())
        claims = {
            "iss": issuer,
            "aud": audience,
            "iat": now_s,
            "exp": now_s + life_s,
            "jti": secrets.token_urlsafe(12),
            "org": organisation_id,
            "scope": sorted(scopes),
        }
        return Secret(jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": name, "typ": _TYPE}))

    @override
    def read(self, token: Secret, *, audience: str) -> ServiceToken:
        read = _token_of(self._claims(token))
        self._check_times(read)
        if read.audience != audience:
            raise _refused(f"the token is for {read.audience}, not for {audience}", read)
        self._require_here(read.organisation_id)
        return read

    def _claims(self, token: Secret) -> Mapping[str, Any]:
        """Return what a token with one of our signatures says; nothing of any other one is believed."""
        try:
            header = jwt.get_unverified_header(token.reveal())
        except jwt.PyJWTError:
            raise TokenRefused("what was sent is no token") from None
        key = self._keys.keys_for(PURPOSE).get(str(header.get("kid")))
        if key is None:
            raise TokenRefused("no key of this installation signed the token")
        if header.get("typ") != _TYPE:
            raise TokenRefused("the token is of another kind")
        # Times and audience are checked below, by our clock and in words of ours.
        options: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_aud": False}
        try:
            claims: Mapping[str, Any] = jwt.decode(token.reveal(), key, algorithms=[_ALGORITHM], options=options)
        except jwt.InvalidSignatureError:
            raise TokenRefused("the token was changed, or somebody else signed it") from None
        except jwt.PyJWTError as error:
            raise TokenRefused(f"the token cannot be used: {type(error).__name__}") from None
        return claims

    def _check_times(self, token: ServiceToken) -> None:
        now_s = self._clock.now().timestamp()
        life_s = (token.expires_at - token.issued_at).total_seconds()
        if not 0 < life_s <= LONGEST_LIFE_S:
            raise _refused(f"the token lives for {life_s:.0f} s, and none may for more than {LONGEST_LIFE_S}", token)
        if token.expires_at.timestamp() + CLOCK_SKEW_S <= now_s:
            raise _refused("the token is over", token)
        if token.issued_at.timestamp() - CLOCK_SKEW_S > now_s:
            raise _refused("the token does not hold yet: a clock is wrong, here or where it was signed", token)


def _token_of(claims: Mapping[str, Any]) -> ServiceToken:
    try:
        scopes = claims["scope"]
        if not isinstance(scopes, list):
            raise TypeError
        return ServiceToken(
            id=str(claims["jti"]),
            issuer=str(claims["iss"]),
            audience=str(claims["aud"]),
            scopes=frozenset(map(str, scopes)),
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            organisation_id=OrganisationId(str(claims["org"])),
        )
    except (TypeError, ValueError, OverflowError, OSError):
        raise TokenRefused("the token's claims cannot be read") from None


def _refused(because: str, token: ServiceToken) -> TokenRefused:
    return TokenRefused(because, issuer=token.issuer, organisation_id=token.organisation_id)
