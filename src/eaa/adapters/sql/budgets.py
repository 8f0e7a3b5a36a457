"""Budgets in tables. However many processes reserve at once, a limit is never passed.

SQLite gives each transaction the write lock from its first moment. In Postgres a transaction locks reservations before
budgets and each kind of row in the order of its key, so that no two of them wait for each other.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, and_, bindparam, delete, insert, select, tuple_, update
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database, Statements
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_once
from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope, ScopeKind
from eaa.domain.ids import OrganisationId
from eaa.ports.budgets import Budgets, Wish
from eaa.ports.ids import Ids

_budgets = schema.budgets
_held = schema.reservations
_Key = tuple[str, str, str]
"""Organisation, kind, name."""

_IS_ONE_OF = and_(
    # The first three lead both databases to the index, for which the last alone is too clever in SQLite.
    _budgets.c.organisation_id.in_(bindparam("organisations", expanding=True)),
    _budgets.c.kind.in_(bindparam("kinds", expanding=True)),
    _budgets.c.name.in_(bindparam("names", expanding=True)),
    tuple_(_budgets.c.organisation_id, _budgets.c.kind, _budgets.c.name).in_(bindparam("keys", expanding=True)),
)
_FOUND = select(_budgets).where(_IS_ONE_OF)
_LOCKED = _FOUND.order_by(_budgets.c.organisation_id, _budgets.c.kind, _budgets.c.name).with_for_update()
_COUNTED = (
    update(_budgets)
    .where(_IS_ONE_OF)
    .values(
        reserved_microusd=_budgets.c.reserved_microusd + bindparam("more_reserved_microusd"),
        reserved_tokens=_budgets.c.reserved_tokens + bindparam("more_reserved_tokens"),
        spent_microusd=_budgets.c.spent_microusd + bindparam("more_spent_microusd"),
        spent_tokens=_budgets.c.spent_tokens + bindparam("more_spent_tokens"),
    )
)
_RESERVED = insert(_held)
_TAKEN_OUT = delete(_held).where(_held.c.id == bindparam("wanted")).returning(*_held.c)
_LEFT_BY = select(_held).where(_held.c.owner_slot == bindparam("owner")).order_by(_held.c.id).with_for_update()
_REMOVED = delete(_held).where(_held.c.owner_slot == bindparam("owner"))


class SqlBudgets(Budgets):
    """Keeps budgets and reservations in one database, shared by every process that opens it."""

    def __init__(self, engine: Database, *, name: str, ids: Ids) -> None:
        self._engine = engine
        self._name = name
        self._ids = ids

    @override
    async def set_limit(self, organisation_id: OrganisationId, scope: Scope, limit: Amount) -> None:
        limits = {"limit_microusd": limit.cost_microusd, "limit_tokens": limit.unpriced_tokens}
        nothing = dict.fromkeys(("spent_microusd", "spent_tokens", "reserved_microusd", "reserved_tokens"), 0)
        key = {"organisation_id": organisation_id, "kind": scope.kind.value, "name": scope.name}
        with translated(self._name):
            async with self._engine.begin() as connection:
                await insert_once(connection, _budgets, {**key, **limits, **nothing})
                await connection.execute(
                    update(_budgets).where(_IS_ONE_OF).values(limits), _one_of([_key(organisation_id, scope)])
                )

    @override
    async def reserve(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        with translated(self._name):
            async with self._engine.begin() as connection:
                budgets = await _locked(connection, [_key(wish.organisation_id, scope) for scope in wish.scopes])
                amount = wish.most
                for budget in budgets:
                    granted = budget.granted(least=wish.least, most=wish.most, room_parts=wish.room_parts)
                    amount = amount.smaller(granted)
                reservation = Reservation(
                    id=ReservationId(self._ids.new("rsv")),
                    organisation_id=wish.organisation_id,
                    scopes=tuple(budget.scope for budget in budgets),
                    amount=amount,
                    owner_slot=owner_slot,
                    created_at=now,
                )
                if budgets:
                    await _count(connection, _keys_of(reservation), reserved=amount, spent=Amount())
                    await connection.execute(_RESERVED, _row_of(reservation))
        return reservation

    @override
    async def settle(self, reservation_id: ReservationId, spent: Amount) -> None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(_TAKEN_OUT, {"wanted": reservation_id})
                row = found.mappings().first()
                if row is not None:
                    await _book(connection, [_reservation_of(row)], spent=spent)

    @override
    async def release_of(self, owner_slot: str) -> int:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(_LEFT_BY, {"owner": owner_slot})
                left = [_reservation_of(row) for row in found.mappings()]
                await connection.execute(_REMOVED, {"owner": owner_slot})
                await _book(connection, left, spent=None)
        return len(left)

    @override
    async def owners(self) -> frozenset[str]:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(select(_held.c.owner_slot).distinct())
                return frozenset(found.scalars())

    @override
    async def get(self, organisation_id: OrganisationId, scope: Scope) -> Budget | None:
        with translated(self._name):
            async with self._engine.begin() as connection:
                found = await connection.execute(_FOUND, _one_of([_key(organisation_id, scope)]))
                row = found.mappings().first()
        return None if row is None else _budget_of(row)


async def _locked(connection: Statements, keys: Sequence[_Key]) -> list[Budget]:
    """Return the budgets that exist, each of them locked until the transaction ends."""
    if not keys:
        return []
    found = await connection.execute(_LOCKED, _one_of(keys))
    return [_budget_of(row) for row in found.mappings()]


async def _book(connection: Statements, reservations: Iterable[Reservation], *, spent: Amount | None) -> None:
    """Turn reservations that were taken out of their table into `spent`, or into all they held."""
    booked = [(_keys_of(one), one.amount, one.amount if spent is None else spent) for one in reservations]
    if connection.dialect.name == "postgresql":
        await _locked(connection, sorted({key for keys, _, _ in booked for key in keys}))
    for keys, held, cost in booked:
        await _count(connection, keys, reserved=Amount() - held, spent=cost)


async def _count(connection: Statements, keys: Sequence[_Key], *, reserved: Amount, spent: Amount) -> None:
    """Add to what locked budgets have reserved and spent."""
    more = {
        "more_reserved_microusd": reserved.cost_microusd,
        "more_reserved_tokens": reserved.unpriced_tokens,
        "more_spent_microusd": spent.cost_microusd,
        "more_spent_tokens": spent.unpriced_tokens,
    }
    await connection.execute(_COUNTED, {**_one_of(keys), **more})


def _key(organisation_id: OrganisationId, scope: Scope) -> _Key:
    return (organisation_id, scope.kind.value, scope.name)


def _one_of(keys: Sequence[_Key]) -> dict[str, Sequence[str] | Sequence[_Key]]:
    """Return what `_IS_ONE_OF` is to be filled in with."""
    organisations, kinds, names = (sorted(set(parts)) for parts in zip(*keys, strict=True))
    return {"keys": keys, "organisations": organisations, "kinds": kinds, "names": names}


def _keys_of(reservation: Reservation) -> list[_Key]:
    return [_key(reservation.organisation_id, scope) for scope in reservation.scopes]


def _row_of(reservation: Reservation) -> dict[str, object]:
    return {
        "organisation_id": reservation.organisation_id,
        "id": reservation.id,
        "owner_slot": reservation.owner_slot,
        "scopes": json.dumps([(scope.kind.value, scope.name) for scope in reservation.scopes]),
        "cost_microusd": reservation.amount.cost_microusd,
        "unpriced_tokens": reservation.amount.unpriced_tokens,
        "created_at": reservation.created_at,
    }


def _reservation_of(row: RowMapping) -> Reservation:
    return Reservation(
        id=ReservationId(row["id"]),
        organisation_id=OrganisationId(row["organisation_id"]),
        scopes=tuple(Scope(ScopeKind(kind), name) for kind, name in json.loads(row["scopes"])),
        amount=Amount(row["cost_microusd"], row["unpriced_tokens"]),
        owner_slot=row["owner_slot"],
        created_at=row["created_at"],
    )


def _budget_of(row: RowMapping) -> Budget:
    return Budget(
        organisation_id=OrganisationId(row["organisation_id"]),
        scope=Scope(ScopeKind(row["kind"]), row["name"]),
        limit=Amount(row["limit_microusd"], row["limit_tokens"]),
        spent=Amount(row["spent_microusd"], row["spent_tokens"]),
        reserved=Amount(row["reserved_microusd"], row["reserved_tokens"]),
    )
