"""On Postgres no event appears before one that a reader has already passed: transactions that overlap wait."""

import asyncio

import pytest

from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from tests.makers import make_event
from tests.postgres import new_database

pytestmark = pytest.mark.postgres


async def test_the_second_of_two_overlapping_transactions_appears_second(postgres_url: str) -> None:
    with new_database(postgres_url) as url:
        await upgrade(url)
        async with open_store(url) as store:
            added, go = asyncio.Event(), asyncio.Event()

            async def early() -> None:
                async with store.begin() as session:
                    await session.events.add(make_event(event_id="evt_early"))
                    added.set()
                    await go.wait()

            async def late() -> None:
                async with store.begin() as session:
                    await added.wait()
                    await session.events.add(make_event(event_id="evt_late"))

            both = [asyncio.create_task(early()), asyncio.create_task(late())]
            await added.wait()
            await asyncio.wait({both[1]}, timeout=0.5)
            assert not both[1].done()
            async with store.begin() as session:
                seen = await session.events.after(None, limit=9)
            go.set()
            await asyncio.gather(*both)
            async with store.begin() as session:
                found = await session.events.after(None, limit=9)

    assert seen == ()
    assert [event.id for event in found] == ["evt_early", "evt_late"]
