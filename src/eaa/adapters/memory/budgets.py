"""Budgets in memory."""

from dataclasses import replace
from datetime import datetime
from itertools import count

from typing_extensions import override

from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope
from eaa.domain.ids import OrganisationId
from eaa.domain.model_errors import BudgetExhausted
from eaa.ports.budgets import Budgets, Wish


class MemoryBudgets(Budgets):
    """Forgets everything when the process ends."""

    def __init__(self) -> None:
        self._budgets: dict[tuple[OrganisationId, Scope], Budget] = {}
        self._reservations: dict[ReservationId, Reservation] = {}
        self._numbers = count(1)

    @override
    async def set_limit(self, organisation_id: OrganisationId, scope: Scope, limit: Amount) -> None:
        key = (organisation_id, scope)
        known = self._budgets.get(key)
        self._budgets[key] = Budget(organisation_id, scope, limit) if known is None else replace(known, limit=limit)

    @override
    async def reserve(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        budgets = [
            budget for scope in wish.scopes if (budget := self._budgets.get((wish.organisation_id, scope))) is not None
        ]
        amount = wish.most
        for budget in budgets:
            room = budget.room
            if not wish.least.fits(room):
                raise exhausted(budget, wish.least)
            if not amount.fits(room):
                amount = smaller(amount, room)
        for budget in budgets:
            key = (budget.organisation_id, budget.scope)
            self._budgets[key] = Budget(*key, budget.limit, budget.spent, budget.reserved + amount)
        reservation = Reservation(
            id=ReservationId(f"rsv_{next(self._numbers)}"),
            organisation_id=wish.organisation_id,
            scopes=tuple(budget.scope for budget in budgets),
            amount=amount,
            owner_slot=owner_slot,
            created_at=now,
        )
        self._reservations[reservation.id] = reservation
        return reservation

    @override
    async def settle(self, reservation_id: ReservationId, spent: Amount) -> None:
        reservation = self._reservations.pop(reservation_id, None)
        if reservation is None:
            return
        for scope in reservation.scopes:
            key = (reservation.organisation_id, scope)
            budget = self._budgets[key]
            reserved = budget.reserved - reservation.amount
            self._budgets[key] = Budget(*key, budget.limit, budget.spent + spent, reserved)

    @override
    async def release_of(self, owner_slot: str) -> int:
        left = [held for held in self._reservations.values() if held.owner_slot == owner_slot]
        for reservation in left:
            await self.settle(reservation.id, reservation.amount)
        return len(left)

    @override
    async def owners(self) -> frozenset[str]:
        return frozenset(reservation.owner_slot for reservation in self._reservations.values())

    @override
    async def get(self, organisation_id: OrganisationId, scope: Scope) -> Budget | None:
        return self._budgets.get((organisation_id, scope))


def smaller(one: Amount, other: Amount) -> Amount:
    """Return the smaller of each part."""
    return Amount(min(one.cost_microusd, other.cost_microusd), min(one.unpriced_tokens, other.unpriced_tokens))


def exhausted(budget: Budget, least: Amount) -> BudgetExhausted:
    """Return the error of a budget without room, in the unit that lacks it."""
    room = budget.room
    scope = str(budget.scope)
    if least.cost_microusd > room.cost_microusd:
        return BudgetExhausted(scope=scope, room=room.cost_microusd, needed=least.cost_microusd, unit="micro-dollars")
    return BudgetExhausted(
        scope=scope, room=room.unpriced_tokens, needed=least.unpriced_tokens, unit="tokens of unknown price"
    )
