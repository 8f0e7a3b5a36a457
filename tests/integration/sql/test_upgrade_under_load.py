"""A migration of a database that others write to."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import current, downgrade, upgrade
from eaa.adapters.sql.revision import HEAD
from tests.postgres import new_database

pytestmark = pytest.mark.postgres
INSERT = text(
    "INSERT INTO effects (organisation_id, id, run_id, kind, target, marker, payload_sha256, state, created_at,"
    " updated_at) VALUES ('org_default', CAST(:id AS text), 'run_1', 'publish branch', 't',"
    " CAST(:id AS text), 'h', 'intended', now(), now())"
)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


async def test_writers_go_on_while_processes_upgrade_at_once(postgres: str) -> None:
    await upgrade(postgres)
    await downgrade(postgres, "0007")
    engine = open_engine(postgres)
    is_over = asyncio.Event()
    written = 0

    async def write(writer: int) -> None:
        nonlocal written
        while not is_over.is_set():
            async with engine.begin() as connection:
                await connection.execute(INSERT, {"id": f"eff_{writer}_{written}"})
            written += 1

    writers = [asyncio.create_task(write(number)) for number in range(3)]
    await asyncio.gather(upgrade(postgres), upgrade(postgres), upgrade(postgres))
    is_over.set()
    await asyncio.gather(*writers)
    async with engine.begin() as connection:
        rows = (await connection.execute(text("SELECT count(*) FROM effects"))).scalar_one()
        valid = (
            await connection.execute(
                text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'effects_by_state'::regclass")
            )
        ).scalar_one()
    await engine.dispose()

    assert await current(postgres) == HEAD
    assert rows == written > 0
    assert valid is True
