"""Spending limits: reserved before a call, settled after it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from eaa.domain.ids import OrganisationId

ReservationId = NewType("ReservationId", str)


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

    def fits(self, room: "Amount") -> bool:
        """Return whether both parts are within a room."""
        return self.cost_microusd <= room.cost_microusd and self.unpriced_tokens <= room.unpriced_tokens


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
