"""Budgets out of a lease: a process reserves room for several calls at once and gives it to single calls from memory.

The usual call touches no database. A lease is a reservation in the shared budgets like any other: it never passes a
limit, is given back when it is old, and counts as spent in full when its process dies. When there is no room for more
than the call at hand, the call is reserved in the shared budgets itself, so that all processes can use the last of it.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from typing_extensions import override

from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope
from eaa.domain.errors import EaaError
from eaa.domain.ids import OrganisationId
from eaa.domain.model_errors import BudgetExhausted
from eaa.ports.budgets import Budgets, Wish

CALLS_TOGETHER = 16
"""For how many calls like the first one a lease is taken."""
ROOM_PARTS = 16
"""A lease for more than one call is at most one of so many equal parts of the room."""
LEASE_S = 10.0
"""How old a lease may be. A limit that another process sets on a scope without one counts after that time at last."""

SHORT_S = 1.0
"""How long no lease is tried for after there was no room for one."""

_Key = tuple[OrganisationId, tuple[Scope, ...], str, bool, bool]
"""Who pays, which process asks, and whether it is for money, tokens, both or neither."""


@dataclass(slots=True, eq=False)
class _Lease:
    """A reservation in the shared budgets, and what became of it here."""

    held: Reservation
    key: _Key
    ends_at: datetime
    free_microusd: int
    free_tokens: int
    spent: Amount = field(default_factory=Amount)
    calls: dict[ReservationId, Amount] = field(default_factory=dict)
    """What the calls that have not been settled yet hold of it."""
    is_ended: bool = False
    """No new call gets anything of it."""

    def has(self, amount: Amount) -> bool:
        """Return whether a call can be given an amount. Without a limit there is always room."""
        if not self.held.scopes:
            return True
        return amount.cost_microusd <= self.free_microusd and amount.unpriced_tokens <= self.free_tokens

    def give(self, call: ReservationId, amount: Amount) -> None:
        """Take room for a call."""
        self.free_microusd -= amount.cost_microusd
        self.free_tokens -= amount.unpriced_tokens
        self.calls[call] = amount

    def settle(self, call: ReservationId, spent: Amount) -> None:
        """Turn a call's room into what it spent."""
        amount = self.calls.pop(call)
        self.free_microusd += amount.cost_microusd - spent.cost_microusd
        self.free_tokens += amount.unpriced_tokens - spent.unpriced_tokens
        self.spent += spent


@dataclass(slots=True, eq=False)
class _Payer:
    """The current lease of a key, and whose turn it is to take the next."""

    lease: _Lease | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_short_until: datetime | None = None
    """Room for one call at a time is all there was."""


class LeasedBudgets(Budgets):
    """Puts leases before budgets that are shared with other processes. Must be closed, or its leases count as spent."""

    def __init__(self, shared: Budgets, *, calls_together: int = CALLS_TOGETHER, room_parts: int = ROOM_PARTS) -> None:
        self._shared = shared
        self._calls_together = calls_together
        self._room_parts = room_parts
        self._payers: dict[_Key, _Payer] = {}
        self._leases: dict[ReservationId, _Lease] = {}
        """All that hold room, by the id of their reservation."""
        self._lease_of: dict[ReservationId, _Lease] = {}
        """By the id of a call's own reservation."""
        self._owed: list[tuple[ReservationId, Amount]] = []
        """What could not be settled when the shared budgets were out of reach."""
        self._undoing: set[asyncio.Task[None]] = set()
        self._numbers = count(1)

    @override
    async def set_limit(self, organisation_id: OrganisationId, scope: Scope, limit: Amount) -> None:
        await self._shared.set_limit(organisation_id, scope, limit)
        # What was leased before this scope had a limit, or had another one, is not gone on with.
        await self._end(
            lease for lease in self._leases.values() if lease.key[0] == organisation_id and scope in lease.key[1]
        )

    @override
    async def reserve(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        if wish.room_parts != 1:
            return await self._reserve_shared(wish, owner_slot=owner_slot, now=now)
        most = wish.most
        key = (wish.organisation_id, wish.scopes, owner_slot, most.cost_microusd > 0, most.unpriced_tokens > 0)
        payer = self._payers.get(key)
        if payer is None:
            payer = self._payers[key] = _Payer()
        given = self._given(payer.lease, wish, now)
        if given is not None:
            return given
        async with payer.turn:
            given = self._given(payer.lease, wish, now)
            return given if given is not None else await self._leased(payer, key, wish, now)

    @override
    async def settle(self, reservation_id: ReservationId, spent: Amount) -> None:
        lease = self._lease_of.pop(reservation_id, None)
        if lease is None:
            await self._settle_shared(reservation_id, spent)
            return
        lease.settle(reservation_id, spent)
        if lease.is_ended and not lease.calls:
            await self._give_back(lease)

    @override
    async def release_of(self, owner_slot: str) -> int:
        booked = 0
        for lease in [lease for lease in self._leases.values() if lease.held.owner_slot == owner_slot]:
            booked += self._book_calls(lease)
            await self._end((lease,))
        return booked + await self._shared.release_of(owner_slot)

    @override
    async def owners(self) -> frozenset[str]:
        return await self._shared.owners()

    @override
    async def get(self, organisation_id: OrganisationId, scope: Scope) -> Budget | None:
        budget = await self._shared.get(organisation_id, scope)
        if budget is None:
            return None
        for lease in self._leases.values():
            held = lease.held
            if held.organisation_id == organisation_id and scope in held.scopes:
                reserved = sum(lease.calls.values(), budget.reserved - held.amount)
                budget = replace(budget, spent=budget.spent + lease.spent, reserved=reserved)
        return budget

    async def tend(self, now: datetime) -> None:
        """Give back what old leases still hold, and settle what could not be settled before."""
        await self._end(lease for lease in self._leases.values() if now >= lease.ends_at)
        owed, self._owed = self._owed, []
        for reservation_id, spent in owed:
            await self._settle_shared(reservation_id, spent)
        self._payers = {
            key: payer for key, payer in self._payers.items() if payer.lease is not None or payer.turn.locked()
        }

    async def close(self) -> None:
        """Give all leases back; a call that was never settled counts as spent in full."""
        await asyncio.gather(*self._undoing)
        for lease in self._leases.values():
            self._book_calls(lease)
        await self._end(self._leases.values())
        owed, self._owed = self._owed, []
        for reservation_id, spent in owed:
            await self._shared.settle(reservation_id, spent)

    def _given(self, lease: _Lease | None, wish: Wish, now: datetime) -> Reservation | None:
        """Return a call's own reservation out of a lease; None when the lease cannot hold it."""
        if lease is None or lease.is_ended or now >= lease.ends_at or not lease.has(wish.most):
            return None
        held = lease.held
        call = ReservationId(f"{held.id}.{next(self._numbers)}")
        lease.give(call, wish.most)
        self._lease_of[call] = lease
        return Reservation(call, held.organisation_id, held.scopes, wish.most, held.owner_slot, now)

    async def _leased(self, payer: _Payer, key: _Key, wish: Wish, now: datetime) -> Reservation:
        """Take a lease and return the call's reservation out of it, or the shared reservation of the call alone."""
        if payer.lease is not None:
            await self._end((payer.lease,))
        if payer.is_short_until is not None and now < payer.is_short_until:
            return await self._single(wish, owner_slot=key[2], now=now)
        several = replace(wish, least=wish.most, most=wish.most * self._calls_together, room_parts=self._room_parts)
        try:
            held = await self._reserve_shared(several, owner_slot=key[2], now=now)
        except BudgetExhausted:
            payer.is_short_until = now + timedelta(seconds=SHORT_S)
            await self._end(self._idle())
            return await self._reserve_shared(wish, owner_slot=key[2], now=now)
        if held.scopes and held.amount == wish.most != Amount():
            payer.is_short_until = now + timedelta(seconds=SHORT_S)
            return held
        free = held.amount
        ends_at = now + timedelta(seconds=LEASE_S)
        lease = _Lease(held, key, ends_at, free_microusd=free.cost_microusd, free_tokens=free.unpriced_tokens)
        self._leases[held.id] = payer.lease = lease
        given = self._given(lease, wish, now)
        assert given is not None, "a new lease holds the call it was taken for"
        return given

    async def _single(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        """Reserve for one call; before it is refused, room that this process holds for nothing is given back."""
        try:
            return await self._reserve_shared(wish, owner_slot=owner_slot, now=now)
        except BudgetExhausted:
            idle = self._idle()
            if not idle:
                raise
        await self._end(idle)
        return await self._reserve_shared(wish, owner_slot=owner_slot, now=now)

    def _idle(self) -> list[_Lease]:
        """Return the leases that no call holds anything of."""
        return [lease for lease in self._leases.values() if not lease.calls]

    async def _end(self, leases: Iterable[_Lease]) -> None:
        """Give nothing more out of some leases, and give each back as soon as its last call is settled."""
        for lease in list(leases):
            lease.is_ended = True
            payer = self._payers.get(lease.key)
            if payer is not None and payer.lease is lease:
                payer.lease = None
            if not lease.calls:
                await self._give_back(lease)

    async def _give_back(self, lease: _Lease) -> None:
        # Two that end the same lease at once settle it once.
        if self._leases.pop(lease.held.id, None) is not None and lease.held.scopes:
            await self._settle_shared(lease.held.id, lease.spent)

    def _book_calls(self, lease: _Lease) -> int:
        """Count the calls of a lease that nobody will settle as spent in full, and return how many they were."""
        open_calls = dict(lease.calls)
        for call, amount in open_calls.items():
            self._lease_of.pop(call, None)
            lease.settle(call, amount)
        return len(open_calls)

    async def _reserve_shared(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        """Reserve, and leave nothing behind when whoever asked is cancelled meanwhile."""
        reserving = asyncio.ensure_future(self._shared.reserve(wish, owner_slot=owner_slot, now=now))
        try:
            return await asyncio.shield(reserving)
        except asyncio.CancelledError:
            undoing = asyncio.ensure_future(self._undo(reserving))
            self._undoing.add(undoing)
            undoing.add_done_callback(self._undoing.discard)
            raise

    async def _undo(self, reserving: "asyncio.Future[Reservation]") -> None:
        try:
            reservation = await reserving
        except EaaError:
            return
        await self._settle_shared(reservation.id, Amount())

    async def _settle_shared(self, reservation_id: ReservationId, spent: Amount) -> None:
        """Settle, or keep it for later: an answer that was paid for is not lost because a database is down."""
        try:
            await self._shared.settle(reservation_id, spent)
        except EaaError:
            self._owed.append((reservation_id, spent))
