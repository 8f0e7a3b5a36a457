"""Budgets, shared by all processes of an installation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope
from eaa.domain.ids import OrganisationId


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call would like to reserve: as much as `most`, and nothing when there is not even `least`."""

    organisation_id: OrganisationId
    scopes: tuple[Scope, ...]
    least: Amount
    most: Amount
    room_parts: int = 1
    """Beyond `least`, take at most one of so many equal parts of the smallest room and leave the rest to others."""


class Budgets(Protocol):
    """Counts spending exactly, whatever else is calling. Each method is one transaction of its own."""

    async def set_limit(self, organisation_id: OrganisationId, scope: Scope, limit: Amount) -> None:
        """Give a scope a limit, or another one. What was spent stays spent."""
        ...

    async def reserve(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        """Take room in every scope that has a limit, the same amount in each, at most `most`.

        What the smallest room, or the part of it that the wish names, cannot hold of `most` is left away. A scope
        without a limit is not counted.

        Raises:
            BudgetExhausted: A scope has less room than `least`. Nothing was taken.
        """
        ...

    async def settle(self, reservation_id: ReservationId, spent: Amount) -> None:
        """Turn a reservation into what was really spent and give the rest back. Settling twice does nothing twice."""
        ...

    async def release_of(self, owner_slot: str) -> int:
        """Book each reservation of a dead process as spent in full, since nobody knows, and return how many.

        The provider may have been paid: a cap that holds must count it.
        """
        ...

    async def owners(self) -> frozenset[str]:
        """Return the slots that hold reservations."""
        ...

    async def get(self, organisation_id: OrganisationId, scope: Scope) -> Budget | None:
        """Return a scope's budget, or None when it has no limit."""
        ...
