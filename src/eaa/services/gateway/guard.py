"""The door: who may come in, how often, and how many at a time; and errors in their one shape on the way out."""

import hmac
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eaa.domain.caller import NotIdentified
from eaa.domain.errors import EaaError
from eaa.domain.secret import Secret
from eaa.kit.digest import sha256_hex
from eaa.kit.metrics import Counter, Histogram
from eaa.ports.clock import Clock
from eaa.ports.ids import Ids
from eaa.ports.rates import Limits, Rates
from eaa.services.gateway.errors import (
    NotServed,
    TooMany,
    body_of,
    error_body,
    headers_of,
    status_of,
)
from eaa.services.gateway.house import Doormat
from eaa.services.gateway.places import Places

LONGEST_BODY_BYTES = 2_000_000
STREAM_PATH = "/v1/events/stream"
_OPEN = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/docs"})
"""No token: they tell nothing of anybody's work."""
_HINT = "Send `Authorization: Bearer …` or `X-API-Key: …` with the token of EAA_HOME/token."
_READS = frozenset({"GET", "HEAD"})
_log = structlog.get_logger()


@dataclass(slots=True)
class Meters:
    """What the door counts."""

    requests: Counter = field(
        default_factory=lambda: Counter("eaa_http_requests_total", "Requests by method, group and status.",
                                        "method", "group", "status")
    )  # fmt: skip
    seconds: Histogram = field(
        default_factory=lambda: Histogram("eaa_http_request_seconds", "Time to the end of an answer.", "group")
    )


@dataclass(slots=True, kw_only=True)
class Guard:
    """Stands before the application, as ASGI has it. One a process."""

    app: ASGIApp
    doormat: Doormat
    rates: Rates
    clock: Clock
    ids: Ids
    meters: Meters = field(default_factory=Meters)
    _requests: Places = field(init=False)
    _streams: Places = field(init=False)

    def __post_init__(self) -> None:
        self._requests = Places("requests", self.doormat.at_once, retry_after_s=1)
        # However many streams there are, requests are answered.
        self._streams = Places("streams", self.doormat.streams_at_once, retry_after_s=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = _Visit(self.ids.new("req"), send)
        scope.setdefault("state", {})["request_id"] = visit.request_id
        started_s = self.clock.monotonic_s()
        is_stream = scope["path"] == STREAM_PATH
        try:
            await self._let_in(scope, visit)
            with self._streams if is_stream else self._requests:
                await self.app(scope, _bounded(receive), visit.send)
        except EaaError as error:
            await visit.refuse(error)
        except Exception:
            _log.exception("request.fault", request=visit.request_id, path=scope["path"])
            await visit.fault()
        finally:
            group = _group(scope["path"])
            self.meters.requests.add(1, scope["method"], group, str(visit.status))
            if not is_stream:
                self.meters.seconds.observe(self.clock.monotonic_s() - started_s, group)

    async def _let_in(self, scope: Scope, visit: "_Visit") -> None:
        headers = Headers(scope=scope)
        self._check_names(headers)
        if scope["path"] in _OPEN:
            return
        caller = _caller(headers, self.doormat.token)
        await self._check_rate(caller, visit)
        if scope["method"] not in _READS and headers.get("content-length", "0") != "0":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise NotServed("the body must be JSON", status=415, hint="Send `Content-Type: application/json`.")
        if int(headers.get("content-length") or 0) > LONGEST_BODY_BYTES:
            raise _too_large()

    def _check_names(self, headers: Headers) -> None:
        """Refuse what a web page of somebody else may have made a browser send."""
        host = headers.get("host", "")
        if _name(host) not in self.doormat.hosts:
            raise NotServed(
                "this service has another name",
                status=421,
                hint="Use the address that `eaa up` printed, or start it with --allowed-host.",
            )
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
            raise NotServed("pages of other sites are not served", status=403, hint="Ask from a program.")

    async def _check_rate(self, caller: str, visit: "_Visit") -> None:
        limit = self.doormat.requests_a_minute
        now_s = self.clock.now().timestamp()
        taken = await self.rates.take(f"http:{caller}", Limits(limit, None), tokens=0, now_s=now_s)
        if taken is None or taken.requests_left is None:
            return
        left = max(0, int(taken.requests_left))
        visit.headers |= {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(round((limit - left) * 60 / limit)),
        }
        if not taken.is_taken:
            raise TooMany(
                f"more than {limit} requests a minute",
                status=429,
                hint="Wait as long as Retry-After says; streams of events spare the asking.",
                retry_after_s=max(1, round(60 / limit)),
            )


class _Visit:
    """One request inside, and what was answered."""

    def __init__(self, request_id: str, send: Send) -> None:
        self.request_id = request_id
        self.headers: dict[str, str] = {"x-request-id": request_id}
        self.status = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self.headers.items():
                headers[name] = value
        await self._send(message)

    async def refuse(self, error: EaaError) -> None:
        """Say an error, unless the answer has begun."""
        if not self.status:
            self.headers |= headers_of(error)
            await self._answer(status_of(error), body_of(error, self.request_id))

    async def fault(self) -> None:
        """Say that the fault is ours; what it was is in our log."""
        if not self.status:
            message = "A fault of ours. The service's log says more, under this request id."
            await self._answer(500, error_body(EaaError.code, message, {}, self.request_id))

    async def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = orjson.dumps(body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content})


def _caller(headers: Headers, token: Secret) -> str:
    """Return a name for who asks, which shows nothing of its token.

    Raises:
        NotIdentified: It shows no token of ours.
    """
    scheme, _, said = headers.get("authorization", "").partition(" ")
    shown = headers.get("x-api-key", "") if scheme.lower() != "bearer" else said.strip()
    if not shown:
        raise NotIdentified("no token was sent", hint=_HINT)
    if not hmac.compare_digest(shown.encode(errors="replace"), token.reveal().encode()):
        raise NotIdentified("the token is not one of ours", hint=_HINT)
    return sha256_hex(shown.encode())[:16]


def _bounded(receive: Receive) -> Receive:
    """Return the body as it comes, and refuse one that is longer than it may be, whatever its head said."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LONGEST_BODY_BYTES:
            # FastAPI makes its own words of every other error that comes up while it reads.
            raise HTTPException(413, str(_too_large()))
        return message

    return bounded


def _too_large() -> NotServed:
    return NotServed(f"the body is larger than {LONGEST_BODY_BYTES // 1_000_000} MB", status=413)


def _name(host: str) -> str:
    """Return a Host header without its port, in lower case."""
    host = host.lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _group(path: str) -> str:
    """Return a path's first parts: few enough for a label."""
    parts = path.split("/")
    return "/".join(parts[:3]) if path.startswith("/v1/") and len(parts) > 2 else "/"
