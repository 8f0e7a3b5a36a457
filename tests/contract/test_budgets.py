"""What every keeper of budgets promises."""

import asyncio
from datetime import UTC, datetime

import pytest

from eaa.domain.budget import Amount, Budget, ReservationId, Scope, ScopeKind
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model_errors import BudgetExhausted
from eaa.ports.budgets import Budgets, Wish

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RUN = Scope(ScopeKind.RUN, "run_1")
DAY = Scope(ScopeKind.DAY, "2026-11-25")
OTHER = OrganisationId("org_other")


def usd(cost_microusd: int) -> Amount:
    return Amount(cost_microusd=cost_microusd)


def wish(
    most: Amount, *, least: Amount | None = None, scopes: tuple[Scope, ...] = (RUN, DAY), room_parts: int = 1
) -> Wish:
    return Wish(DEFAULT_ORGANISATION, scopes, least=least or most, most=most, room_parts=room_parts)


async def known(budgets: Budgets, scope: Scope = RUN) -> Budget:
    budget = await budgets.get(DEFAULT_ORGANISATION, scope)
    assert budget is not None
    return budget


async def test_a_scope_without_a_limit_has_no_budget_and_is_not_counted(budgets: Budgets) -> None:
    reservation = await budgets.reserve(wish(usd(7)), owner_slot="a-0", now=NOW)
    await budgets.settle(reservation.id, usd(7))

    assert reservation.amount == usd(7)
    assert reservation.scopes == ()
    assert await budgets.get(DEFAULT_ORGANISATION, RUN) is None


async def test_what_is_reserved_is_held_in_every_limited_scope_until_it_is_settled(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    await budgets.set_limit(DEFAULT_ORGANISATION, DAY, usd(1_000))

    reservation = await budgets.reserve(wish(usd(60)), owner_slot="a-0", now=NOW)

    assert set(reservation.scopes) == {RUN, DAY}
    assert (await known(budgets, RUN)).reserved == (await known(budgets, DAY)).reserved == usd(60)

    await budgets.settle(reservation.id, usd(25))

    assert await known(budgets) == Budget(DEFAULT_ORGANISATION, RUN, limit=usd(100), spent=usd(25), reserved=usd(0))
    assert (await known(budgets, DAY)).spent == usd(25)


async def test_settling_twice_books_once(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    reservation = await budgets.reserve(wish(usd(60)), owner_slot="a-0", now=NOW)

    await budgets.settle(reservation.id, usd(25))
    await budgets.settle(reservation.id, usd(25))
    await budgets.settle(ReservationId("rsv_unknown"), usd(25))

    assert (await known(budgets)).spent == usd(25)
    assert (await known(budgets)).reserved == usd(0)


async def test_the_smallest_room_decides_how_much_is_given(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    await budgets.set_limit(DEFAULT_ORGANISATION, DAY, usd(40))

    reservation = await budgets.reserve(wish(usd(60), least=usd(10)), owner_slot="a-0", now=NOW)

    assert reservation.amount == usd(40)


async def test_without_room_for_the_least_nothing_is_taken_anywhere(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    await budgets.set_limit(DEFAULT_ORGANISATION, DAY, usd(5))

    with pytest.raises(BudgetExhausted, match=r"day 2026-11-25 has 5 micro-dollars left, and this call needs 10"):
        await budgets.reserve(wish(usd(60), least=usd(10)), owner_slot="a-0", now=NOW)

    assert (await known(budgets, RUN)).reserved == usd(0)
    assert await budgets.owners() == frozenset()


async def test_tokens_of_unknown_price_have_a_cap_of_their_own(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, Amount(cost_microusd=1_000, unpriced_tokens=50))

    with pytest.raises(BudgetExhausted, match="has 50 tokens of unknown price left"):
        await budgets.reserve(wish(Amount(unpriced_tokens=51)), owner_slot="a-0", now=NOW)
    reservation = await budgets.reserve(wish(Amount(unpriced_tokens=50)), owner_slot="a-0", now=NOW)

    assert reservation.amount == Amount(unpriced_tokens=50)


async def test_a_wish_may_leave_parts_of_the_room_to_others(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))

    part = await budgets.reserve(wish(usd(60), least=usd(1), room_parts=4), owner_slot="a-0", now=NOW)
    least = await budgets.reserve(wish(usd(60), least=usd(40), room_parts=4), owner_slot="a-0", now=NOW)

    assert part.amount == usd(25)
    assert least.amount == usd(40)


async def test_a_changed_limit_keeps_what_was_spent_and_reserved(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    settled = await budgets.reserve(wish(usd(60)), owner_slot="a-0", now=NOW)
    await budgets.settle(settled.id, usd(50))
    await budgets.reserve(wish(usd(30)), owner_slot="a-0", now=NOW)

    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(70))

    assert await known(budgets) == Budget(DEFAULT_ORGANISATION, RUN, limit=usd(70), spent=usd(50), reserved=usd(30))
    with pytest.raises(BudgetExhausted):
        await budgets.reserve(wish(usd(1)), owner_slot="a-0", now=NOW)


async def test_what_costs_nothing_is_given_even_when_a_budget_is_overdrawn(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(10))
    dear = await budgets.reserve(wish(usd(10)), owner_slot="a-0", now=NOW)
    await budgets.settle(dear.id, usd(15))

    free = await budgets.reserve(wish(usd(0)), owner_slot="a-0", now=NOW)

    assert free.amount == usd(0)
    assert (await known(budgets)).room == usd(-5)


async def test_reservations_of_a_dead_process_are_booked_as_spent_in_full(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    first = await budgets.reserve(wish(usd(10)), owner_slot="dead-0", now=NOW)
    await budgets.reserve(wish(usd(20)), owner_slot="dead-0", now=NOW)
    alive = await budgets.reserve(wish(usd(30)), owner_slot="alive-0", now=NOW)
    assert await budgets.owners() == {"dead-0", "alive-0"}

    assert await budgets.release_of("dead-0") == 2
    assert await budgets.release_of("dead-0") == 0
    await budgets.settle(first.id, usd(1))

    assert await budgets.owners() == {"alive-0"}
    assert await known(budgets) == Budget(DEFAULT_ORGANISATION, RUN, limit=usd(100), spent=usd(30), reserved=usd(30))
    await budgets.settle(alive.id, usd(5))
    assert (await known(budgets)).room == usd(65)


async def test_organisations_share_no_budget(budgets: Budgets) -> None:
    await budgets.set_limit(OTHER, RUN, usd(1))

    reservation = await budgets.reserve(wish(usd(60)), owner_slot="a-0", now=NOW)

    assert reservation.amount == usd(60)
    assert await budgets.get(DEFAULT_ORGANISATION, RUN) is None


async def test_many_at_once_never_pass_the_limit(budgets: Budgets) -> None:
    await budgets.set_limit(DEFAULT_ORGANISATION, RUN, usd(100))
    await budgets.set_limit(DEFAULT_ORGANISATION, DAY, usd(95))

    async def call(number: int) -> int:
        scopes = (RUN, DAY) if number % 2 else (DAY, RUN)
        try:
            reservation = await budgets.reserve(wish(usd(10), scopes=scopes), owner_slot="a-0", now=NOW)
        except BudgetExhausted:
            return 0
        await budgets.settle(reservation.id, usd(10))
        return 10

    spent = sum(await asyncio.gather(*map(call, range(20))))

    assert spent == 90
    assert (await known(budgets, DAY)).spent == (await known(budgets, RUN)).spent == usd(90)
    assert (await known(budgets, DAY)).reserved == usd(0)
