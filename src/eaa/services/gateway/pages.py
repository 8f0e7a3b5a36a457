"""Lists in parts: how many, and where the last one ended."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BaseModel

from eaa.services.gateway.views import Page, Pagination

ViewT = TypeVar("ViewT", bound=BaseModel)
MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=100, description="`next_cursor` of the page before; the first page otherwise.")
]


def page_of(views: Sequence[ViewT], ids: Sequence[str], *, limit: int) -> Page[ViewT]:
    """Return a page from one item more than fits on it, where there is one more.

    Args:
        views: The items.
        ids: Of the items; the last one on the page is where the next page begins.
        limit: How many fit.
    """
    has_more = len(views) > limit
    cursor = ids[limit - 1] if has_more else None
    return Page(data=list(views[:limit]), pagination=Pagination(limit=limit, has_more=has_more, next_cursor=cursor))
