"""Budgets in memory."""

from dataclasses import replace
from datetime import datetime
from itertools import count

from typing_extensions import override

from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope
from eaa.domain.ids import OrganisationId
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
            if wish.most.fits(budget.room) and wish.room_parts <= 1:
                continue
            granted = budget.granted(least=wish.least, most=wish.most, room_parts=wish.room_parts)
            amount = amount.smaller(granted)
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
