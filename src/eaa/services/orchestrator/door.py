"""The door: who may come in, and how errors go out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from eaa.domain.ask import Ask
from eaa.domain.caller import Caller
from eaa.domain.catalogue import Catalogue
from eaa.domain.errors import EaaError
from eaa.domain.ids import OrganisationId
from eaa.ports.clock import Clock
from eaa.ports.cooldowns import Cooldowns
from eaa.ports.ids import Ids
from eaa.ports.orchestrator import Orchestrator
from eaa.services.orchestrator.errors import (
    FAULT,
    Meaning,
    NotServed,
    error_body,
    fault_body,
    meaning_of,
    retry_after_s,
)
from eaa.services.orchestrator.identity import Tokens
from eaa.services.orchestrator.meters import Meters

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
LONGEST_BODY_BYTES = 32 * 1024 * 1024
CLIENT_GONE = 499
"""As nginx counts a caller that left before its answer."""
_log = logging.getLogger("eaa.orchestrator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the service works with. One a process."""

    orchestrator: Orchestrator
    catalogue: Catalogue
    cooldowns: Cooldowns
    tokens: Tokens
    clock: Clock
    ids: Ids
    meters: Meters = field(default_factory=Meters)
    hosts: frozenset[str] = LOCAL_HOSTS
    """Names by which callers may reach us; another one is a web page that was pointed here."""
    working: set["asyncio.Task[object]"] = field(default_factory=set)
    """Whatever handles a request now, those that were cancelled and are still cleaning up included."""
    require_here: Callable[[OrganisationId], None] = lambda _: None
    """Raises OrganisationElsewhere for organisations whose records are on another shard than ours."""
    are_metrics_open: bool = True
    """Whether `/metrics` needs no token: only where nobody but this machine can ask."""

    def check(self, request: web.Request) -> Caller:
        """Return who asks.

        Raises:
            NotServed: It comes through a browser, by a wrong name, is not JSON or too large.
            NotIdentified: It shows no token of ours.
            OrganisationElsewhere: It is of an organisation whose records are on another shard.
        """
        self.check_origin(request)
        caller = self.tokens.caller(request.headers.get("Authorization", ""), now=self.clock.now())
        self.require_here(caller.organisation_id)
        if request.method == "POST" and request.content_type != "application/json":
            raise NotServed("the body must be JSON", status=415, hint="Send `Content-Type: application/json`.")
        if (request.content_length or 0) > LONGEST_BODY_BYTES:
            raise _too_large()
        return caller

    def check_reader(self, request: web.Request) -> Caller:
        """Return who reads `/metrics`.

        Raises:
            NotServed: It comes through a browser, or by a wrong name.
            NotIdentified: It shows no token, and this address needs one.
        """
        if not self.are_metrics_open:
            return self.check(request)
        self.check_origin(request)
        return Caller()

    def check_origin(self, request: web.Request) -> None:
        """Refuse what a web page may have made somebody's browser send.

        Raises:
            NotServed: It says where it comes from, as only browsers do, or calls us by a name that is not ours.
        """
        if "Origin" in request.headers or request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            raise NotServed("web pages are not served", status=403, hint="Ask from a program, not from a browser.")
        if _name(request.headers.get("Host", "")) not in self.hosts:
            raise NotServed(
                "this service has another name",
                status=421,
                hint="Use the address that `eaa serve orchestrator` printed, or start it with --allowed-host.",
            )


@dataclass(slots=True)
class Visit:
    """One request inside."""

    id: str
    caller: Caller
    ask: Ask | None = None
    """As soon as it is understood."""
    failure: str = ""
    """The code of the error that ended a stream after its first word."""

    @property
    def headers(self) -> dict[str, str]:
        """What each response says of itself."""
        return {"x-request-id": self.id}


Handler = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]
Check = Callable[[web.Request], Caller]


def visited(
    door: Door, address: str, handler: Handler, *, check: Check | None = None
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler behind the door: identified, counted, its errors in OpenAI's shape."""
    identify = check or door.check

    async def handle(request: web.Request) -> web.StreamResponse:
        started_s = door.clock.monotonic_s()
        visit = Visit(door.ids.new("req"), Caller())
        status = CLIENT_GONE
        task = asyncio.current_task()
        if task is not None:
            door.working.add(task)
        try:
            response = await _answered(request, visit, handler, identify)
            status = response.status
            return response
        finally:
            if task is not None:
                door.working.discard(task)
            door.meters.requests.add(1, address, str(status))
            door.meters.request_seconds.observe(door.clock.monotonic_s() - started_s, address)
            if visit.failure:
                door.meters.failures.add(1, visit.failure)

    return handle


async def _answered(request: web.Request, visit: Visit, handler: Handler, identify: Check) -> web.StreamResponse:
    try:
        visit.caller = identify(request)
        return await handler(request, visit)
    except web.HTTPRequestEntityTooLarge:
        return refused(_too_large(), visit)
    except EaaError as error:
        return refused(error, visit)
    except ConnectionError:
        raise
    except Exception:
        note_fault(visit)
        return json_response(fault_body(), status=FAULT.status, headers=visit.headers | {"x-should-retry": "false"})


def note_fault(visit: Visit) -> None:
    """Log the exception that is being handled; only its id goes to the caller."""
    _log.exception("request %s failed", visit.id)
    visit.failure = FAULT.code


def refused(error: EaaError, visit: Visit) -> web.Response:
    """Return the response to an error."""
    visit.failure = error.code
    meaning = meaning_of(error, visit.ask)
    headers = visit.headers | _advice(error, meaning)
    return json_response(error_body(error, meaning), status=meaning.status, headers=headers)


def json_response(content: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON response."""
    return web.Response(body=orjson.dumps(content), status=status, content_type="application/json", headers=headers)


def _advice(error: EaaError, meaning: Meaning) -> dict[str, str]:
    """Return headers that say whether to try again. OpenAI's clients heed both."""
    wait_s = retry_after_s(error)
    if wait_s is not None:
        return {"Retry-After": str(max(1, round(wait_s + 0.499)))}
    if meaning.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    # Whatever trying again could do was done before the error came out.
    return {"x-should-retry": "false"} if meaning.status >= 500 else {}


def _too_large() -> NotServed:
    limit = f"{LONGEST_BODY_BYTES >> 20} MiB"
    return NotServed(f"the body is longer than {limit}", status=413, hint="Send less, or in several requests.")


def _name(host: str) -> str:
    """Return a Host header without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).lower()
