"""Slots in a real Postgres."""

import asyncio

import psycopg
import pytest

from eaa.adapters.sql.slots import PostgresSlots
from eaa.domain.errors import DatabaseUnreachable
from tests.postgres import new_database


@pytest.mark.postgres
async def test_a_slot_is_free_when_the_server_has_dropped_its_holder(postgres_url: str) -> None:
    with new_database(postgres_url) as url:
        slots = PostgresSlots(url)
        async with slots.hold("role-pm-0"):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            async with slots.hold("role-pm-0") as slot:
                assert slot == "role-pm-0"


@pytest.mark.postgres
async def test_slots_of_two_databases_are_different(postgres_url: str) -> None:
    with new_database(postgres_url) as first, new_database(postgres_url) as second:
        async with PostgresSlots(first).hold("role-pm-0"), PostgresSlots(second).hold("role-pm-0") as slot:
            assert slot == "role-pm-0"


async def test_a_server_that_does_not_answer_is_said_to() -> None:
    with pytest.raises(DatabaseUnreachable) as caught:
        await PostgresSlots("postgresql://a:secret@127.0.0.1:1/b").is_held("role-pm-0")

    assert "secret" not in str(caught.value)


@pytest.mark.postgres
async def test_a_holder_whose_connection_broke_has_its_slot_again(postgres_url: str) -> None:
    with new_database(postgres_url) as url:
        slots = PostgresSlots(url)
        async with slots.hold("dispatcher-0"):
            _end_all_holders(url)
            async with asyncio.timeout(20):
                while not await slots.is_held("dispatcher-0"):  # noqa: ASYNC110 - the server tells nobody
                    await asyncio.sleep(0.1)


@pytest.mark.postgres
async def test_a_holder_hears_that_somebody_else_got_its_slot_meanwhile(postgres_url: str) -> None:
    lost: asyncio.Queue[str] = asyncio.Queue()
    with new_database(postgres_url) as url:
        async with PostgresSlots(url, lost=lost.put_nowait).hold("dispatcher-0"):
            _end_all_holders(url)
            async with PostgresSlots(url).hold("dispatcher-0"), asyncio.timeout(20):
                assert await lost.get() == "dispatcher-0"


def _end_all_holders(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
