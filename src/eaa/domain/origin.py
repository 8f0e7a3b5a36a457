"""The trust grade of a text.

What a repository holds at the commit a change starts from was accepted by its owners and counts as theirs. What a model
or a command makes of texts has no grade of its own: it carries the lowest of what it was made from.
"""

from collections.abc import Iterable
from enum import StrEnum


class Origin(StrEnum):
    """Who a text comes from, most trusted first."""

    MEMBER = "member"
    """Somebody who may write to the repository, or who sits at this machine."""
    OUTSIDE_CONTRIBUTOR = "outside contributor"
    ANONYMOUS = "anonymous"
    """Nobody knows who, such as an account that is deleted."""
    MACHINE = "machine text"
    """Written by a program that nobody vouches for, such as a bot or an alert."""


_ORDER = tuple(Origin)


def lowest_origin(origins: Iterable[Origin]) -> Origin:
    """Return the least trusted of the origins: what a text made from all of them carries. None at all is member."""
    return max(origins, key=_ORDER.index, default=Origin.MEMBER)
