"""Spending limits: reserved before a call, settled after it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import OrganisationId
from eaa.domain.model_errors import BudgetExhausted

ReservationId = NewType("ReservationId", str)
MOST_USD = 1_000_000_000
"""More is a slip of the keyboard."""


class ScopeKind(StrEnum):
    """What a limit is on."""

    RUN = "run"
    TASK = "task"
    REPOSITORY = "repository"
    USER = "user"
    TEAM = "team"
    DAY = "day"
    """The organisation's spending of one UTC day; its name is the date."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that has a budget."""

    kind: ScopeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money where the price is known; tokens where it is not."""

    cost_microusd: int = 0
    unpriced_tokens: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.cost_microusd + other.cost_microusd, self.unpriced_tokens + other.unpriced_tokens)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.cost_microusd - other.cost_microusd, self.unpriced_tokens - other.unpriced_tokens)

    def __mul__(self, times: int) -> "Amount":
        return Amount(self.cost_microusd * times, self.unpriced_tokens * times)

    def fits(self, room: "Amount") -> bool:
        """Return whether both parts are within a room; nothing fits into any, even into one that is overdrawn."""
        return self.cost_microusd <= max(room.cost_microusd, 0) and self.unpriced_tokens <= max(room.unpriced_tokens, 0)

    def smaller(self, other: "Amount") -> "Amount":
        """Return the smaller of each part."""
        return Amount(min(self.cost_microusd, other.cost_microusd), min(self.unpriced_tokens, other.unpriced_tokens))


@dataclass(frozen=True, slots=True)
class Budget:
    """A scope's limit and what became of it. Room is the limit less spent and reserved."""

    organisation_id: OrganisationId
    scope: Scope
    limit: Amount
    spent: Amount = Amount()
    reserved: Amount = Amount()

    @property
    def room(self) -> Amount:
        """What may still be reserved."""
        return self.limit - self.spent - self.reserved

    def granted(self, *, least: Amount, most: Amount, room_parts: int = 1) -> Amount:
        """Return how much may be reserved: as much of `most` as one of so many equal parts of the room holds.

        Never less than `least`, whatever the parts.

        Raises:
            BudgetExhausted: The whole room is smaller than `least`.
        """
        room = self.room
        if not least.fits(room):
            raise self._exhausted(least)
        return Amount(
            min(most.cost_microusd, max(least.cost_microusd, room.cost_microusd // room_parts)),
            min(most.unpriced_tokens, max(least.unpriced_tokens, room.unpriced_tokens // room_parts)),
        )

    def _exhausted(self, least: Amount) -> BudgetExhausted:
        """Return the error in the unit that is short."""
        room, scope = self.room, str(self.scope)
        if least.cost_microusd > max(room.cost_microusd, 0):
            return BudgetExhausted(
                scope=scope, room=room.cost_microusd, needed=least.cost_microusd, unit="micro-dollars"
            )
        return BudgetExhausted(
            scope=scope, room=room.unpriced_tokens, needed=least.unpriced_tokens, unit="tokens of unknown price"
        )


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room taken for one call, over all of its scopes at once."""

    id: ReservationId
    organisation_id: OrganisationId
    scopes: tuple[Scope, ...]
    amount: Amount
    owner_slot: str
    """The slot of the process that holds it; a slot that nobody holds gives its reservations back."""
    created_at: datetime


def require_amount(usd: float) -> None:
    """Refuse what limits nothing: infinity, no number, less than nothing.

    Args:
        usd: A limit in US dollars.

    Raises:
        InvalidRequest: It is none of 0 to MOST_USD.
    """
    if not 0 <= usd <= MOST_USD:
        raise InvalidRequest(f"{usd} is no budget", hint=f"Give 0 to {MOST_USD:,} US dollars; 0 is nothing at all.")
