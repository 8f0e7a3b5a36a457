"""`/v1/events`: facts as they happened, in pages and as a stream that goes on where a reader left off."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from eaa.domain.errors import DatabaseUnreachable, InvalidRequest
from eaa.domain.event import EVENT_TYPES, Event
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId, TaskId
from eaa.engine.cloud_events import cloud_event_json
from eaa.services.gateway.errors import NotThere
from eaa.services.gateway.house import House
from eaa.services.gateway.pages import Limit, page_of
from eaa.services.gateway.sending import send
from eaa.services.gateway.views import EventView, Page, event_view

BATCH = 200
"""Events that a stream reads at a time."""
QUIET_S = 15.0
"""After which a stream says that it is still there."""
RETRY_MS = 2_000
"""After which a reader of a stream that broke comes again."""

After = Annotated[str | None, Query(max_length=100, description="The last event that was seen.")]
TaskFilter = Annotated[str | None, Query(max_length=100, description="Only events of this task.")]
TypeFilter = Annotated[list[str] | None, Query(alias="type", description="Only events of these types.")]


@dataclass(frozen=True, slots=True)
class _Filter:
    """Which events somebody wants."""

    task: TaskId | None
    types: frozenset[str]

    def wants(self, event: Event) -> bool:
        return event.organisation_id == DEFAULT_ORGANISATION and (not self.types or event.type in self.types)


@dataclass(frozen=True, slots=True)
class _Routes:
    house: House

    async def list(
        self, request: Request, after: After = None, task: TaskFilter = None, types: TypeFilter = None,
        limit: Limit = 100,
    ) -> Response:  # fmt: skip
        """List events in the order in which they happened. `next_cursor` is the `after` of the next page."""
        wanted = _filter(task, types)
        events: list[Event] = []
        cursor = await self._known(after)
        async with self.house.views.store.begin() as session:
            while len(events) <= limit:
                batch = await session.events.after(cursor, limit=BATCH, task_id=wanted.task)
                events += filter(wanted.wants, batch)
                if len(batch) < BATCH:
                    break
                cursor = batch[-1].id
        views = [event_view(event) for event in events]
        return send(request, page_of(views, [event.id for event in events], limit=limit))

    async def stream(
        self,
        after: After = None,
        task: TaskFilter = None,
        types: TypeFilter = None,
        last_event_id: Annotated[str | None, Header(description="As browsers send it after a break.")] = None,
    ) -> StreamingResponse:
        """Stream events as they happen, from now on, or after an event that was seen: at any replica."""
        wanted = _filter(task, types)
        seen = last_event_id or after
        start = await self._known(seen) if seen else await self._newest()
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        frames = self._frames(start, wanted)
        return StreamingResponse(frames, media_type="text/event-stream", headers=headers)

    async def _frames(self, cursor: EventId | None, wanted: _Filter) -> AsyncIterator[bytes]:
        tail = self.house.tail
        yield b"retry: %d\n\n" % RETRY_MS
        while not tail.closing.is_set():
            newest = tail.newest
            try:
                async with self.house.views.store.begin() as session:
                    batch = await session.events.after(cursor, limit=BATCH, task_id=wanted.task)
            except DatabaseUnreachable:
                # The reader keeps its place and comes again.
                return
            for event in filter(wanted.wants, batch):
                yield _frame(event)
            if batch:
                cursor = batch[-1].id
                continue
            await tail.wait(since=newest, timeout_s=QUIET_S)
            yield b": here\n\n"

    async def _known(self, seen: str | None) -> EventId | None:
        if seen is None:
            return None
        event_id = EventId(seen)
        async with self.house.views.store.begin() as session:
            if not await session.events.has(event_id):
                raise NotThere(
                    f"there is no event {seen!r}", hint="Begin anew without it, and read what you missed from the runs."
                )
        return event_id

    async def _newest(self) -> EventId | None:
        async with self.house.views.store.begin() as session:
            return await session.events.newest()


def events_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1/events", tags=["events"])
    add = router.add_api_route
    add("", routes.list, methods=["GET"], response_model=Page[EventView], operation_id="list_events")
    add("/stream", routes.stream, methods=["GET"], response_class=StreamingResponse, operation_id="stream_events")
    return router


def _filter(task: str | None, types: list[str] | None) -> _Filter:
    unknown = set(types or ()) - EVENT_TYPES
    if unknown:
        raise InvalidRequest(
            f"no event is called {', '.join(sorted(unknown))}", hint=f"Events are {', '.join(sorted(EVENT_TYPES))}."
        )
    return _Filter(TaskId(task) if task else None, frozenset(types or ()))


def _frame(event: Event) -> bytes:
    """Return an event as a frame of the stream. Source: WHATWG HTML, "Server-sent events", checked 2026-11."""
    head = f"id: {event.id}\nevent: {event.type}\ndata: ".encode()
    return head + cloud_event_json(event) + b"\n\n"
