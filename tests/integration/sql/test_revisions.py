"""Moving a database by hand, one revision back at a time."""

from pathlib import Path

import pytest

from eaa.adapters.sql.engine import database_name, open_engine
from eaa.adapters.sql.executors import SqlExecutors
from eaa.adapters.sql.revision import HEAD, REVISIONS, what_is_lost
from eaa.domain.errors import InvalidRequest
from eaa.settings import Settings
from eaa.wiring.databases import open_database
from eaa.wiring.revisions import Revisions


def settings_of(url: str, home: Path) -> Settings:
    return Settings(home=home, database_url=url)


async def test_a_database_goes_back_one_revision_at_a_time_and_forward_again(url: str, tmp_path: Path) -> None:
    revisions = Revisions(settings_of(url, tmp_path))
    await revisions.upgrade()
    passed = []
    while await revisions.current() is not None:
        found, older, lost = await revisions.step_back()
        passed.append((found, lost))
        await revisions.downgrade(older)
    await revisions.upgrade()

    assert passed == [(revision, what_is_lost(revision)) for revision in reversed(REVISIONS)]
    assert await revisions.current() == HEAD


async def test_it_does_not_go_back_while_a_process_works(url: str, tmp_path: Path) -> None:
    revisions = Revisions(settings_of(url, tmp_path))
    await revisions.upgrade()
    engine = open_engine(url)
    await SqlExecutors(engine, name=database_name(url)).beat("dispatcher-0", host="here", process_id=1)
    await engine.dispose()
    _, older, _ = await revisions.step_back()

    with pytest.raises(InvalidRequest, match="dispatcher-0"):
        await revisions.downgrade(older)

    assert await revisions.current() == HEAD


@pytest.mark.postgres
async def test_a_process_has_one_pool_for_an_address(postgres_url: str, tmp_path: Path) -> None:
    settings = settings_of(postgres_url, tmp_path)
    async with open_database(settings) as one:
        async with open_database(settings) as other:
            assert other is one
        async with open_database(settings) as again:
            assert again is one
    async with open_database(settings) as later:
        assert later is not one
