"""Single calls out of leases: as exact as the shared budgets, and seldom there."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from eaa.adapters.memory.budgets import MemoryBudgets
from eaa.domain.budget import Amount, Budget, Reservation, ReservationId, Scope, ScopeKind
from eaa.domain.errors import DatabaseUnreachable
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model_errors import BudgetExhausted
from eaa.engine.llm.leases import LEASE_S, LeasedBudgets
from eaa.ports.budgets import Wish

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=LEASE_S)
RUN = Scope(ScopeKind.RUN, "run_1")
DAY = Scope(ScopeKind.DAY, "2026-11-25")


class SharedBudgets(MemoryBudgets):
    """Counts visits; can be out of reach."""

    def __init__(self) -> None:
        super().__init__()
        self.visits = 0
        self.is_down = False
        self.is_visited = asyncio.Event()

    @override
    async def reserve(self, wish: Wish, *, owner_slot: str, now: datetime) -> Reservation:
        self._visit()
        await asyncio.sleep(0)
        return await super().reserve(wish, owner_slot=owner_slot, now=now)

    @override
    async def settle(self, reservation_id: ReservationId, spent: Amount) -> None:
        self._visit()
        await super().settle(reservation_id, spent)

    def _visit(self) -> None:
        self.visits += 1
        self.is_visited.set()
        if self.is_down:
            raise DatabaseUnreachable(database="shared", because="it is down")


async def open_shared(limit_microusd: int) -> SharedBudgets:
    shared = SharedBudgets()
    await shared.set_limit(DEFAULT_ORGANISATION, RUN, Amount(cost_microusd=limit_microusd))
    return shared


def wish(most: int, *, least: int | None = None, scopes: tuple[Scope, ...] = (RUN,)) -> Wish:
    return Wish(DEFAULT_ORGANISATION, scopes, least=Amount(most if least is None else least), most=Amount(most))


async def known(shared: SharedBudgets) -> Budget:
    budget = await shared.get(DEFAULT_ORGANISATION, RUN)
    assert budget is not None
    return budget


async def test_many_calls_visit_the_shared_budgets_once() -> None:
    shared = await open_shared(1_000_000)
    leased = LeasedBudgets(shared)

    for _ in range(100):
        reservation = await leased.reserve(wish(100), owner_slot="a-0", now=NOW)
        await leased.settle(reservation.id, Amount(10))

    assert shared.visits == 1
    assert (await known(shared)).reserved == Amount(1_600)
    await leased.close()
    assert await known(shared) == Budget(DEFAULT_ORGANISATION, RUN, Amount(1_000_000), spent=Amount(1_000))


async def test_a_lease_leaves_most_of_the_room_to_others() -> None:
    shared = await open_shared(1_600)

    await LeasedBudgets(shared).reserve(wish(20), owner_slot="a-0", now=NOW)

    assert (await known(shared)).reserved == Amount(100)


async def test_the_last_room_is_used_by_single_calls_of_every_process() -> None:
    shared = await open_shared(100)
    processes = [LeasedBudgets(shared), LeasedBudgets(shared)]
    spent = 0

    for turn in range(12):
        leased = processes[turn % 2]
        try:
            reservation = await leased.reserve(wish(10), owner_slot=f"a-{turn % 2}", now=NOW)
        except BudgetExhausted:
            continue
        await leased.settle(reservation.id, Amount(10))
        spent += 10

    assert spent == 100
    assert (await known(shared)).spent == Amount(100)


async def test_a_call_gets_less_than_it_would_like_when_that_is_all_there_is() -> None:
    leased = LeasedBudgets(await open_shared(30))

    reservation = await leased.reserve(wish(100, least=5), owner_slot="a-0", now=NOW)

    assert reservation.amount == Amount(30)


async def test_room_that_other_leases_of_the_process_hold_is_given_back_before_a_call_is_refused() -> None:
    shared = await open_shared(1_000)
    leased = LeasedBudgets(shared, room_parts=1)
    hoarded = await leased.reserve(wish(100, scopes=(RUN, DAY)), owner_slot="a-0", now=NOW)
    await leased.settle(hoarded.id, Amount(100))

    reservation = await leased.reserve(wish(900), owner_slot="a-0", now=NOW)

    assert reservation.amount == Amount(900)


async def test_old_leases_are_given_back_when_their_calls_are_over() -> None:
    shared = await open_shared(1_000_000)
    leased = LeasedBudgets(shared)
    running = await leased.reserve(wish(100), owner_slot="a-0", now=NOW)

    await leased.tend(LATER)
    assert (await known(shared)).reserved == Amount(1_600)
    await leased.settle(running.id, Amount(40))

    assert await known(shared) == Budget(DEFAULT_ORGANISATION, RUN, Amount(1_000_000), spent=Amount(40))


async def test_a_limit_set_here_counts_from_the_next_call_on() -> None:
    shared = SharedBudgets()
    leased = LeasedBudgets(shared)
    await leased.reserve(wish(100), owner_slot="a-0", now=NOW)

    await leased.set_limit(DEFAULT_ORGANISATION, RUN, Amount(50))

    with pytest.raises(BudgetExhausted):
        await leased.reserve(wish(100), owner_slot="a-0", now=NOW)


async def test_what_a_call_spent_beyond_its_reservation_is_booked() -> None:
    shared = await open_shared(1_000_000)
    leased = LeasedBudgets(shared)
    reservation = await leased.reserve(wish(100), owner_slot="a-0", now=NOW)

    await leased.settle(reservation.id, Amount(5_000))
    await leased.close()

    assert (await known(shared)).spent == Amount(5_000)


async def test_a_call_that_is_never_settled_counts_as_spent_when_the_process_closes() -> None:
    shared = await open_shared(1_000_000)
    leased = LeasedBudgets(shared)
    await leased.reserve(wish(100), owner_slot="a-0", now=NOW)

    await leased.close()

    assert await known(shared) == Budget(DEFAULT_ORGANISATION, RUN, Amount(1_000_000), spent=Amount(100))


async def test_a_caller_who_goes_while_room_is_being_reserved_leaves_nothing_behind() -> None:
    shared = await open_shared(1_000_000)
    leased = LeasedBudgets(shared)
    caller = asyncio.ensure_future(leased.reserve(wish(100), owner_slot="a-0", now=NOW))
    await shared.is_visited.wait()

    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await leased.close()

    assert await known(shared) == Budget(DEFAULT_ORGANISATION, RUN, Amount(1_000_000))
    assert await shared.owners() == frozenset()


async def test_what_cannot_be_settled_while_the_shared_budgets_are_down_is_settled_later() -> None:
    shared = await open_shared(100)
    leased = LeasedBudgets(shared)
    reservation = await leased.reserve(wish(100), owner_slot="a-0", now=NOW)
    shared.is_down = True

    await leased.settle(reservation.id, Amount(60))
    with pytest.raises(DatabaseUnreachable):
        await leased.reserve(wish(1), owner_slot="a-0", now=NOW)
    shared.is_down = False
    await leased.tend(NOW)

    assert await known(shared) == Budget(DEFAULT_ORGANISATION, RUN, Amount(100), spent=Amount(60))


Call = tuple[int, int, int]
"""Which process, how much it would like, how many hundredths of that it spends; over 100 it is killed instead."""


@given(
    st.integers(0, 3_000),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 400), st.integers(0, 110)), max_size=60),
)
def test_no_mixture_of_calls_and_deaths_passes_the_limit(limit: int, calls: list[Call]) -> None:
    async def scenario() -> None:
        shared = await open_shared(limit)
        processes = [LeasedBudgets(shared) for _ in range(3)]
        paid = 0
        for which, most, share in calls:
            try:
                call = await processes[which].reserve(wish(most, least=most // 4), owner_slot=f"a-{which}", now=NOW)
            except BudgetExhausted:
                continue
            if share > 100:
                paid += call.amount.cost_microusd
                processes[which] = LeasedBudgets(shared)
                await shared.release_of(f"a-{which}")
                continue
            spent = call.amount.cost_microusd * share // 100
            paid += spent
            await processes[which].settle(call.id, Amount(spent))
        for leased in processes:
            await leased.close()

        budget = await known(shared)
        assert paid <= budget.spent.cost_microusd <= limit
        assert budget.reserved == Amount()
        assert await shared.owners() == frozenset()

    asyncio.run(scenario())
