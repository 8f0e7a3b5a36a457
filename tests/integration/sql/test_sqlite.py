"""What only SQLite can do wrong."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from eaa.adapters.sql.engine import open_engine, sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.sqlite import SqliteDatabase
from eaa.adapters.sql.store import SqlStore, open_store
from eaa.domain.errors import DatabaseUnreachable, DiskFull, TaskNotFound
from eaa.domain.ids import TaskId
from tests.makers import make_task


async def test_a_full_disk_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    url = sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    engine = open_engine(url)

    # SQLite answers as on a full disk when the file may not grow.
    @event.listens_for(engine.sync_engine, "checkout")
    def limit(connection, record, proxy) -> None:  # type: ignore[no-untyped-def]
        connection.execute("PRAGMA max_page_count = 40")

    store = SqlStore(engine, name="eaa.sqlite")
    with pytest.raises(DiskFull, match=r"eaa\.sqlite"):
        async with store.begin() as session:
            await session.tasks.add(make_task(task_id="tsk_small"))
            await session.tasks.add(make_task(text="x" * 1_000_000))

    async with store.begin() as session:
        with pytest.raises(TaskNotFound):
            await session.tasks.get(TaskId("tsk_small"))
    await engine.dispose()


@pytest.mark.parametrize("pragma", ["query_only = on", "busy_timeout = 0"], ids=["read-only", "locked by another"])
async def test_a_database_that_cannot_be_written_is_said_to_and_left_as_it_is(tmp_path: Path, pragma: str) -> None:
    url = sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    engine = open_engine(url)

    @event.listens_for(engine.sync_engine, "checkout")
    def limit(connection, record, proxy) -> None:  # type: ignore[no-untyped-def]
        connection.execute(f"PRAGMA {pragma}")

    with closing(sqlite3.connect(tmp_path / "eaa.sqlite", isolation_level=None)) as other:
        if pragma == "busy_timeout = 0":
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnreachable, match=r"eaa\.sqlite"):
            async with SqlStore(engine, name="eaa.sqlite").begin() as session:
                await session.tasks.add(make_task())
        assert other.execute("SELECT count(*) FROM tasks").fetchone() == (0,)
    await engine.dispose()


async def test_the_database_keeps_a_log_for_readers_and_syncs_every_commit(tmp_path: Path) -> None:
    engine = open_engine(sqlite_address(tmp_path / "eaa.sqlite"))
    async with engine.begin() as connection:
        found = [
            (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    await engine.dispose()

    assert found == ["wal", 2, 30_000, 1]


async def test_a_folder_with_odd_characters_is_a_fine_home(tmp_path: Path) -> None:
    home = tmp_path / "a b?c#d%e"
    home.mkdir()
    url = sqlite_address(home / "eaa.sqlite")

    await upgrade(url)
    async with open_store(url) as store, store.begin() as session:
        await session.tasks.add(make_task())

    assert (home / "eaa.sqlite").exists()


async def test_a_cancelled_transaction_is_undone_and_the_next_one_has_its_turn(tmp_path: Path) -> None:
    url = sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    is_inside = asyncio.Event()

    async with open_store(url) as store:

        async def never_done() -> None:
            async with store.begin() as session:
                await session.tasks.add(make_task(task_id="tsk_undone"))
                is_inside.set()
                await asyncio.Event().wait()

        cancelled = asyncio.create_task(never_done())
        await is_inside.wait()
        waiting = asyncio.create_task(store.begin().__aenter__())
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        async with store.begin() as session:
            with pytest.raises(TaskNotFound):
                await session.tasks.get(TaskId("tsk_undone"))


async def test_a_transaction_inside_another_one_is_refused_in_time_and_the_outer_one_stays(tmp_path: Path) -> None:
    url = sqlite_address(tmp_path / "eaa.sqlite")
    await upgrade(url)
    engine = open_engine(url)
    database = SqliteDatabase(engine.sync_engine, wait_s=0)
    store = SqlStore(database, name="eaa.sqlite")

    async with store.begin() as session:
        with pytest.raises(DatabaseUnreachable, match="in time"):
            async with store.begin():
                pass
        await session.tasks.add(make_task(task_id="tsk_outer"))

    async with store.begin() as session:
        assert (await session.tasks.get(TaskId("tsk_outer"))).id == "tsk_outer"
    await database.dispose()


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of the files in a folder."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


@pytest.mark.parametrize("is_there", [False, True])
async def test_nobody_else_may_read_the_file_and_its_journals(tmp_path: Path, is_there: bool) -> None:
    file = tmp_path / "eaa.sqlite"
    if is_there:
        await asyncio.to_thread(file.touch, 0o644)
    url = sqlite_address(file)
    await upgrade(url)
    async with open_store(url) as store, store.begin() as session:
        await session.tasks.add(make_task())
        found = modes(tmp_path)

    assert found == {"eaa.sqlite": 0o600, "eaa.sqlite-wal": 0o600, "eaa.sqlite-shm": 0o600}
