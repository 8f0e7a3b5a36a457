"""`/v1/analytics`: what happened how often."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from eaa.engine.event_counting import counts_of
from eaa.services.gateway.house import House
from eaa.services.gateway.sending import send

MOST_DAYS = 366


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
        async with desk.store.begin() as session:
            counts = await counts_of(session, days=days, now=desk.clock.now())
        views = [EventCountView(day=one.day, type=one.type, count=one.count) for one in counts]
        return send(request, EventCountsView(data=views))


def analytics_router(house: House) -> APIRouter:
    """Return the routes."""
    routes, router = _Routes(house), APIRouter(prefix="/v1/analytics", tags=["analytics"])
    router.add_api_route(
        "/events", routes.events, methods=["GET"], response_model=EventCountsView, operation_id="count_events"
    )
    return router
