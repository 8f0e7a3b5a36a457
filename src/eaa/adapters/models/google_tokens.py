"""Short-lived access tokens of Google Cloud out of a service account's long-lived key.

Source: Google, "Using OAuth 2.0 for Server to Server Applications", AIP-4112, RFC 7523, checked 2026-11.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

import msgspec
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typing_extensions import override

from eaa.adapters.models.answer_faults import decoded, quoted, quoted_body, status_fault
from eaa.adapters.models.dialect import WireRequest
from eaa.adapters.models.transport import HttpTransport, Response
from eaa.domain.model import Dialect, Model, Provider
from eaa.domain.model_errors import KeyRefused
from eaa.domain.secret import Secret
from eaa.ports.clock import Clock
from eaa.ports.model_keys import ModelKeys
from eaa.ports.models import Route

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME_S = 3600
_RENEWED_BEFORE_S = 300.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HINT = "Give the JSON file that Google Cloud made for the service account's key, whole."

Exchange: TypeAlias = Callable[[WireRequest, Provider], Awaitable[Response]]
"""POSTs to the token server, with the proxy and the certificates of the provider."""


def exchange_over(transport: HttpTransport) -> Exchange:
    """Return an exchange over the models' own connections."""

    async def exchange(wire: WireRequest, provider: Provider) -> Response:
        nobody = Model(
            name="",
            provider=provider.name,
            wire_name="",
            context_tokens=0,
            max_output_tokens=0,
            capabilities=frozenset(),
        )
        route = Route(model=nobody, provider=provider, key=None, deadlines=provider.deadlines)
        return await transport.send(wire, route)

    return exchange


class ServiceAccount(msgspec.Struct, frozen=True):
    """What matters of a service account's file."""

    client_email: str
    private_key: str
    token_uri: str
    private_key_id: str = ""

    def __repr__(self) -> str:
        return f"ServiceAccount({self.client_email})"


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float = _LIFETIME_S


class _Refusal(msgspec.Struct):
    error: str = ""
    error_description: str = ""


_ACCOUNT = msgspec.json.Decoder(ServiceAccount)
_GRANTED = msgspec.json.Decoder(_Grant)
_REFUSED = msgspec.json.Decoder(_Refusal)


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    renewed_at: datetime


@dataclass(slots=True)
class _Held:
    """What is known of one provider: tokens by their account's key, and a lock so that only one asks for them."""

    tokens: dict[str, _Token] = field(default_factory=dict, repr=False)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class GoogleTokens(ModelKeys):
    """Gives Vertex's providers tokens in place of their service accounts; everybody else's keys pass through.

    The account is the provider's option `service_account_file`, or a key that is such a file's path or its JSON.
    A key that is neither is taken for a token.
    """

    def __init__(self, *, keys: ModelKeys, exchange: Exchange, clock: Clock) -> None:
        self._keys = keys
        self._exchange = exchange
        self._clock = clock
        self._held: dict[str, _Held] = {}

    @override
    async def keys(self, provider: Provider) -> tuple[Secret, ...]:
        if provider.dialect is not Dialect.VERTEX:
            return await self._keys.keys(provider)
        file = provider.option("service_account_file")
        sources = (Secret(file),) if file else await self._keys.keys(provider)
        return tuple([await self._token(source, provider) for source in sources])

    @override
    async def refresh(self, provider: Provider) -> None:
        self._held.pop(provider.name, None)
        await self._keys.refresh(provider)

    async def _token(self, source: Secret, provider: Provider) -> Secret:
        text = source.reveal()
        is_file = text.endswith(".json")
        if not is_file and not text.startswith("{"):
            return source
        held = self._held.setdefault(provider.name, _Held())
        async with held.lock:
            known = held.tokens.get(text)
            if known is None or self._clock.now() >= known.renewed_at:
                content = await asyncio.to_thread(_read, text) if is_file else text.encode()
                known = held.tokens[text] = await self._granted(_account(content), provider)
            return known.secret

    async def _granted(self, account: ServiceAccount, provider: Provider) -> _Token:
        """Exchange a signed assertion for a token.

        Raises:
            KeyRefused: Google does not know the account, or no longer.
            ModelFault: The token server cannot be reached or says something else.
        """
        now = self._clock.now()
        form = urlencode({"grant_type": _GRANT, "assertion": assertion(account, at=now)}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        response = await self._exchange(WireRequest(url=account.token_uri, headers=headers, body=form), provider)
        if 400 <= response.status < 500 and response.status != 429:
            raise KeyRefused(
                f"Google refused the service account {account.client_email}: {_words(response.body)}",
                hint="Check that its key was not deleted, and this machine's clock.",
            )
        if not 200 <= response.status < 300:
            because = f"the token server answered {response.status}: {_words(response.body)}"
            raise status_fault(response.status, because)
        grant = decoded(response.body, _GRANTED, what="the token server's answer")
        kept_s = max(grant.expires_in - _RENEWED_BEFORE_S, grant.expires_in / 2)
        return _Token(secret=Secret(grant.access_token), renewed_at=now + timedelta(seconds=kept_s))


def assertion(account: ServiceAccount, *, at: datetime) -> str:
    """Return the signed JWT that asks for a token.

    Raises:
        KeyRefused: The account's private key is none.
    """
    try:
        key = load_pem_private_key(account.private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The original error may quote the key.
        raise KeyRefused(f"the private key of {account.client_email} cannot be read", hint=_HINT) from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyRefused(f"the private key of {account.client_email} is no RSA key", hint=_HINT)
    issued = int(at.timestamp())
    head: dict[str, object] = {"alg": "RS256", "typ": "JWT"}
    if account.private_key_id:
        head["kid"] = account.private_key_id
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": issued,
        "exp": issued + _LIFETIME_S,
    }
    signed = f"{_base64(orjson.dumps(head))}.{_base64(orjson.dumps(claims))}"
    return f"{signed}.{_base64(key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _account(content: bytes) -> ServiceAccount:
    try:
        account = _ACCOUNT.decode(content)
    except msgspec.DecodeError as error:
        raise KeyRefused(f"the service account's file cannot be read: {error}", hint=_HINT) from None
    address = urlsplit(account.token_uri)
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        raise KeyRefused(f"the service account's token server {account.token_uri} is not behind https", hint=_HINT)
    return account


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise KeyRefused(f"the service account's file cannot be read: {error.strerror}", hint=_HINT) from None


def _words(body: bytes) -> str:
    try:
        refusal = _REFUSED.decode(body)
    except msgspec.DecodeError:
        return quoted_body(body)
    return quoted(f"{refusal.error} ({refusal.error_description})" if refusal.error_description else refusal.error)


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
