"""The door: who may come in, how often, and how many at a time; and errors in their one shape on the way out."""

import hmac
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import structlog
from starlette.datastructures import Headers
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
from eaa.services.gateway.errors import NotServed, TooMany
from eaa.services.gateway.house import Doormat
from eaa.services.gateway.places import Places
from eaa.services.gateway.visit import ReaderGone, Visit

LONGEST_BODY_BYTES = 2_000_000
STREAM_PATH = "/v1/events/stream"
_OPEN = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/docs"})
"""No token: they tell nothing of anybody's work."""
_ALIVE_PATH = "/livez"
"""Takes no place: it asks nothing of anybody, and a process that is told not to live is ended with its work."""
_OPEN_AT_ONCE = 16
"""Of those that take one, so that whoever has a token is answered however many ask without."""
SLOWEST_READER_S = 30.0
"""A caller that takes nothing for so long is not waited for any more."""
_HINT = "Send `Authorization: Bearer …` or `X-API-Key: …` with the token of EAA_HOME/token."
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
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
    groups: frozenset[str]
    """The first parts of the paths that are served: labels are these, and nothing that a caller has made up."""
    slowest_reader_s: float = SLOWEST_READER_S
    meters: Meters = field(default_factory=Meters)
    _requests: Places = field(init=False)
    _open: Places = field(init=False)
    _streams: Places = field(init=False)

    def __post_init__(self) -> None:
        self._requests = Places("requests", self.doormat.at_once, retry_after_s=1)
        # However many streams there are, requests are answered.
        self._open = Places("requests without a token", _OPEN_AT_ONCE, retry_after_s=1)
        self._streams = Places("streams", self.doormat.streams_at_once, retry_after_s=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = Visit(self.ids.new("req"), send, self.slowest_reader_s)
        scope.setdefault("state", {})["request_id"] = visit.request_id
        started_s = self.clock.monotonic_s()
        try:
            await self._serve(scope, receive, visit)
        except ReaderGone:
            _log.info("request.reader_gone", request=visit.request_id, path=scope["path"])
        finally:
            group = group_of(scope["path"])
            group = group if group in self.groups else _OTHER
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            self.meters.requests.add(1, method, group, str(visit.status))
            if scope["path"] != STREAM_PATH:
                self.meters.seconds.observe(self.clock.monotonic_s() - started_s, group)

    async def _serve(self, scope: Scope, receive: Receive, visit: Visit) -> None:
        try:
            await self._let_in(scope, visit)
            if scope["path"] == STREAM_PATH:
                with self._streams:
                    await self.app(scope, receive, visit.send)
            else:
                await self._answer(scope, receive, visit)
        except ReaderGone:
            raise
        except EaaError as error:
            await visit.refuse(error)
        except Exception:
            _log.exception("request.fault", request=visit.request_id, path=scope["path"])
            await visit.fault()

    async def _answer(self, scope: Scope, receive: Receive, visit: Visit) -> None:
        """Answer a request; its place is free again before the answer is sent, however slowly the caller reads it."""
        made: list[Message] = []

        async def keep(message: Message) -> None:
            made.append(message)

        with self._places_of(scope["path"]):
            await self.app(scope, _bounded(receive), keep)
        for message in made:
            await visit.send(message)

    def _places_of(self, path: str) -> AbstractContextManager[None]:
        if path == _ALIVE_PATH:
            return nullcontext()
        return self._open if path in _OPEN else self._requests

    async def _let_in(self, scope: Scope, visit: Visit) -> None:
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

    async def _check_rate(self, caller: str, visit: Visit) -> None:
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


def group_of(path: str) -> str:
    """Return a path's first parts, those of pages and probes as one."""
    return "/".join(path.split("/")[:3]) if path.startswith("/v1/") else "/"
