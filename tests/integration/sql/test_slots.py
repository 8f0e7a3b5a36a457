"""Slots in a real Postgres."""

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
