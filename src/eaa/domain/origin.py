"""The trust grade of a text."""

from collections.abc import Iterable
from enum import StrEnum


class Origin(StrEnum):
    """Who a text comes from, most trusted first."""

    MEMBER = "member"
    OUTSIDE_CONTRIBUTOR = "outside contributor"
    ANONYMOUS = "anonymous"
    MACHINE = "machine text"


_ORDER = tuple(Origin)


def lowest_origin(origins: Iterable[Origin]) -> Origin:
    """Return the least trusted of the origins: what a text made from all of them carries. None at all is member."""
    return max(origins, key=_ORDER.index, default=Origin.MEMBER)
