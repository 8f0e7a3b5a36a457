"""Google's token server as its owner describes it: it checks each assertion's signature, audience and lifetime.

Source: Google, "Using OAuth 2.0 for Server to Server Applications", checked 2026-11.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

EMAIL = "robot@project.iam.gserviceaccount.com"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class LoopbackTokens:
    """Gives out `token-1`, `token-2`, … to whoever proves to be the account."""

    def __init__(self) -> None:
        self.address = ""
        self.granted = 0
        self.expires_in_s = 3600
        self.status = 200
        """Other than 200: what every request gets."""
        self._key: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)

    def account_json(self, **facts: object) -> str:
        """Return the file of the account."""
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        account = {
            "type": "service_account",
            "project_id": "project",
            "private_key_id": "key-1",
            "private_key": key,
            "client_email": EMAIL,
            "token_uri": f"{self.address}/token",
        }
        return json.dumps({**account, **facts})

    async def token(self, request: web.Request) -> web.Response:
        """Answer `POST /token`."""
        if self.status != 200:
            return web.Response(status=self.status, text="<html>busy</html>", content_type="text/html")
        form = await request.post()
        complaint = "" if form.get("grant_type") == _GRANT else "Invalid grant_type"
        complaint = complaint or self._complaint(str(form.get("assertion")))
        if complaint:
            return web.json_response({"error": "invalid_grant", "error_description": complaint}, status=400)
        self.granted += 1
        return web.json_response(
            {"access_token": f"token-{self.granted}", "expires_in": self.expires_in_s, "token_type": "Bearer"}
        )

    def _complaint(self, assertion: str) -> str:
        head, claims, signature = assertion.split(".")
        try:
            self._key.public_key().verify(_bytes(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return "Invalid JWT Signature."
        named: dict[str, Any] = json.loads(_bytes(claims))
        if json.loads(_bytes(head)) != {"alg": "RS256", "typ": "JWT", "kid": "key-1"}:
            return "Invalid JWT head."
        if named["iss"] != EMAIL or named["aud"] != f"{self.address}/token":
            return "Invalid JWT: issuer or audience."
        if named["scope"] != "https://www.googleapis.com/auth/cloud-platform":
            return "Invalid JWT: scope."
        return "" if named["exp"] - named["iat"] <= 3600 else "Invalid JWT: too long a life."


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@asynccontextmanager
async def serving_tokens() -> AsyncIterator[LoopbackTokens]:
    """Serve on loopback and know the address inside the block."""
    tokens = LoopbackTokens()
    app = web.Application()
    app.router.add_post("/token", tokens.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    tokens.address = f"http://127.0.0.1:{port}"
    try:
        yield tokens
    finally:
        await runner.cleanup()
