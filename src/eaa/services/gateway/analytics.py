"""`/v1/analytics`: what happened how often."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.event_counting import COUNTS, counts_of
from eaa.services.gateway.house import House
from eaa.services.gateway.sending import send_read

MOST_DAYS = 366
KEPT_S = 30.0
"""An event that could be counted only later, after a failure, moves no reader."""


class EventCountView(BaseModel):
    """How many events of a type there were on a UTC day."""

    model_config = ConfigDict(frozen=True)

    day: date
    type: str
    count: int


class EventCountsView(BaseModel):
    """Counts of some days, by day and type; days and types without events are left out."""

    model_config = ConfigDict(frozen=True)

    data: list[EventCountView]


@dataclass(frozen=True, slots=True)
class _Routes:
    house: House

    async def events(
        self, request: Request, days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Today included.")] = 30
    ) -> Response:
        """Count the events of the last days. A dispatcher counts them, a moment after they happened."""
        desk = self.house.views
        now = desk.clock.now()
        async with desk.store.begin() as session:
            place = await session.readers.place(COUNTS)

        async def make() -> bytes:
            async with desk.store.begin() as session:
                counts = await counts_of(session, days=days, now=now)
            views = [EventCountView(day=one.day, type=one.type, count=one.count) for one in counts]
            return EventCountsView(data=views).model_dump_json().encode()

        # What has been counted is another state as soon as the reader has moved on, and when the day changes.
        state = f"{DEFAULT_ORGANISATION}:{days}:{now.date()}:{place}"
        return send_read(request, await self.house.reads.read("event counts", state, make, for_s=KEPT_S), now=now)


def analytics_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1/analytics", tags=["analytics"])
    router.add_api_route(
        "/events", routes.events, methods=["GET"], response_model=EventCountsView, operation_id="count_events"
    )
    return router
