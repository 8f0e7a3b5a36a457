"""Signature Version 4: proof of who asks Amazon for what, without showing the secret.

Source: AWS, "Create a signed AWS API request", and the published Signature Version 4 test suite, checked 2026-11.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsKey:
    """An access key, with a session's token when it is a temporary one."""

    access_key_id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def signature_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key: AwsKey,
    region: str,
    service: str,
    at: datetime,
) -> dict[str, str]:
    """Return the headers to add to a request: date, session token, and the signature over all of it.

    `url` is the address exactly as it is sent; `headers` are those that are signed besides the host's; `at` is aware.
    """
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"X-Amz-Date": moment}
    if key.session_token:
        added["X-Amz-Security-Token"] = key.session_token
    parts = urlsplit(url)
    signed = {name.lower(): " ".join(value.split()) for name, value in {**headers, **added}.items()}
    signed["host"] = _host(parts.scheme, parts.netloc)
    names = ";".join(sorted(signed))
    canonical = "\n".join(
        (
            method,
            # The path is quoted once more than it is sent, as every service but S3 wants it.
            quote(parts.path or "/", safe="/~-._"),
            _canonical_query(parts.query),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            sha256(body).hexdigest(),
        )
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join((_ALGORITHM, moment, scope, sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_signing_key(key.secret, moment[:8], region, service), to_sign).hex()
    proof = f"Credential={key.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**added, "Authorization": f"{_ALGORITHM} {proof}"}


def _host(scheme: str, netloc: str) -> str:
    """Return the host as the HTTP client names it: without the port that goes without saying."""
    host = netloc.rpartition("@")[2]
    return host.removesuffix(":443" if scheme == "https" else ":80")


def _canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(sorted(f"{quote(name, safe='~-._')}={quote(value, safe='~-._')}" for name, value in pairs))


def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    return _hmac(_hmac(_hmac(_hmac(f"AWS4{secret}".encode(), day), region), service), "aws4_request")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
