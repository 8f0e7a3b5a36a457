"""Transactions on Postgres that nobody goes on with: what they hold is free after a while."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.faults import translated
from eaa.domain.errors import DatabaseUnreachable
from tests.postgres import new_database
from tests.support.own_server import pooler

pytestmark = pytest.mark.postgres
LIMIT = text("SHOW idle_in_transaction_session_timeout")
SHORTER = text("SET LOCAL idle_in_transaction_session_timeout = 50")
TAKE = text("SELECT pg_advisory_xact_lock(1)")


@pytest.mark.parametrize("keeps_sessions", [True, False])
async def test_each_transaction_may_stand_still_for_ten_seconds(postgres_url: str, keeps_sessions: bool) -> None:
    engine = open_engine(postgres_url, keeps_sessions=keeps_sessions)
    try:
        for _ in range(2):
            async with engine.begin() as connection:
                assert (await connection.execute(LIMIT)).scalar_one() == "10s"
    finally:
        await engine.dispose()


async def test_nothing_of_it_is_left_in_a_session_behind_a_pooler(postgres_url: str) -> None:
    with new_database(postgres_url) as direct, pooler(direct, connections=1) as server:
        engine = open_engine(server.url)
        try:
            async with engine.begin() as connection:
                assert (await connection.execute(LIMIT)).scalar_one() == "10s"
            with psycopg.connect(server.url, autocommit=True) as plain:
                assert plain.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)
        finally:
            await engine.dispose()


async def test_who_stood_still_for_too_long_has_lost_its_locks_and_hears_it(postgres_url: str) -> None:
    engine = open_engine(postgres_url, keeps_sessions=True)
    try:
        with pytest.raises(DatabaseUnreachable, match="idle-in-transaction"), translated("eaa"):
            async with engine.begin() as held:
                await held.execute(SHORTER)
                await held.execute(TAKE)
                async with engine.begin() as waiting, asyncio.timeout(30):
                    await waiting.execute(TAKE)
                await held.execute(text("SELECT 1"))
        async with engine.begin() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
    finally:
        await engine.dispose()


async def test_who_is_cancelled_while_its_session_is_ended_ends(postgres_url: str) -> None:
    engine = open_engine(postgres_url, keeps_sessions=True)
    process = asyncio.get_running_loop().create_future()

    async def stand_still() -> None:
        with translated("eaa"):
            async with engine.begin() as connection:
                process.set_result((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
                await asyncio.Event().wait()

    try:
        standing = asyncio.create_task(stand_still())
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:process, 20000)"), {"process": await process})
        standing.cancel()
        await asyncio.wait({standing}, timeout=30)
        assert standing.cancelled()
    finally:
        await engine.dispose()


@pytest.mark.parametrize("became", [asyncio.CancelledError, TimeoutError])
async def test_what_was_cancelled_before_hides_no_fault_of_what_is_done_after_it(
    became: type[BaseException], postgres_url: str
) -> None:
    engine = open_engine(postgres_url, keeps_sessions=True)
    try:
        with pytest.raises(DatabaseUnreachable):
            try:
                try:
                    raise asyncio.CancelledError
                except asyncio.CancelledError as error:
                    raise became from error
            except became:
                with translated("eaa"):
                    async with engine.begin() as connection:
                        await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    finally:
        await engine.dispose()


async def test_a_timeout_in_a_transaction_hides_no_fault_of_it(postgres_url: str) -> None:
    engine = open_engine(postgres_url, keeps_sessions=True)
    try:
        with pytest.raises(DatabaseUnreachable), translated("eaa"):
            async with engine.begin() as connection:
                try:
                    async with asyncio.timeout(0.01):
                        await asyncio.Event().wait()
                except TimeoutError:
                    await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    finally:
        await engine.dispose()
