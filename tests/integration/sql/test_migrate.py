"""Migrations on real databases."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text

from eaa.adapters.sql import migrate, schema
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.revision import HEAD, REVISIONS
from eaa.adapters.sql.role_calls import SqlRoleCalls
from eaa.domain.errors import DatabaseTooNew, DatabaseUnreachable
from eaa.domain.ids import RunId


async def look(url: str, statement: str) -> None:
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def tables_of(url: str) -> dict[str, dict[str, object]]:
    """Return every table's columns, keys and indexes as the database tells them."""

    def reflect(connection: Connection) -> dict[str, dict[str, object]]:
        inspector = inspect(connection)
        return {
            name: {
                "columns": [
                    (column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)
                ],
                "key": inspector.get_pk_constraint(name)["constrained_columns"],
                "unique": sorted(str(unique["column_names"]) for unique in inspector.get_unique_constraints(name)),
                "indexes": sorted(str((index["name"], index["column_names"])) for index in inspector.get_indexes(name)),
            }
            for name in inspector.get_table_names()
            if name != "alembic_version"
        }

    engine = open_engine(url)
    async with engine.begin() as connection:
        found = await connection.run_sync(reflect)
    await engine.dispose()
    return found


async def create_directly(url: str, metadata: MetaData) -> None:
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


async def test_a_new_database_is_brought_to_the_newest_revision(url: str) -> None:
    assert await migrate.current(url) is None

    await migrate.upgrade(url)

    assert await migrate.current(url) == HEAD
    assert set(await tables_of(url)) == set(schema.metadata.tables)


async def test_the_revisions_end_in_the_schema_that_the_code_uses(url: str) -> None:
    await migrate.upgrade(url)
    migrated = await tables_of(url)

    await migrate.downgrade(url, "base")
    await create_directly(url, schema.metadata)

    assert await tables_of(url) == migrated


async def test_every_unique_key_names_the_organisation(url: str) -> None:
    await migrate.upgrade(url)

    for name, table in (await tables_of(url)).items():
        keys = [table["key"], *(table["unique"] if isinstance(table["unique"], list) else [])]
        named = [key for key in keys if "organisation_id" in str(key)]
        assert named, f"{name} has a key without its organisation"


async def test_upgrading_again_changes_nothing(url: str) -> None:
    await migrate.upgrade(url)
    await migrate.upgrade(url)

    assert await migrate.current(url) == HEAD


async def test_a_downgrade_to_base_leaves_no_table(url: str) -> None:
    await migrate.upgrade(url)

    await migrate.downgrade(url, "base")

    assert await tables_of(url) == {}
    assert await migrate.current(url) is None


async def test_a_database_of_a_newer_version_is_left_alone(url: str) -> None:
    await migrate.upgrade(url)
    await look(url, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseTooNew, match="9999"):
        await migrate.upgrade(url)
    with pytest.raises(DatabaseTooNew, match="9999"):
        await migrate.downgrade(url, "base")

    assert await migrate.current(url) == "9999"


async def test_upgrades_at_the_same_moment_all_succeed(url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(url) for _ in range(4)))

    assert await migrate.current(url) == HEAD


async def test_the_revisions_the_code_names_are_those_there_are() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))

    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_current_head() == HEAD


async def test_rows_of_before_there_were_origins_get_that_of_their_task(url: str) -> None:
    await migrate.upgrade(url)
    await migrate.downgrade(url, "0004")
    when = "'2026-01-01T12:00:00.000000Z'" if url.startswith("sqlite") else "now()"
    task = f"INSERT INTO tasks VALUES ('o', 'tsk_1', 'text', 'anonymous', 'cli', 'shop', 'main', NULL, {when})"
    run = f"INSERT INTO runs VALUES ('o', 'run_1', 'tsk_1', 'done', 1, NULL, NULL, NULL, NULL, 1, {when}, {when})"
    names = "(organisation_id, id, task_id, run_id, type, data, created_at)"
    for statement in (task, run):
        await look(url, statement)
    for event, run_id in (("evt_1", "'run_1'"), ("evt_2", "NULL")):
        await look(url, f"INSERT INTO events {names} VALUES ('o', '{event}', 'tsk_1', {run_id}, 'a.b', '', {when})")

    await migrate.upgrade(url)

    engine = open_engine(url)
    async with engine.begin() as connection:
        found = (await connection.execute(text("SELECT id, origin FROM events ORDER BY id"))).all()
    await engine.dispose()
    assert [tuple(row) for row in found] == [("evt_1", "anonymous"), ("evt_2", "machine text")]


async def test_calls_that_older_versions_put_need_not_be_alone(url: str) -> None:
    when = "'2026-01-01T12:00:00.000000Z'" if url.startswith("sqlite") else "now()"
    names = "organisation_id, id, role, run_id, generation, name, brief, priority, state, created_at"

    def put(name: str) -> str:
        values = f"'o', '{name}', 'qa', 'run_1', 1, '{name}', 'b', 0, 'queued', {when}"
        return f"INSERT INTO role_calls ({names}) VALUES ({values})"

    await migrate.upgrade(url)
    await migrate.downgrade(url, "0015")
    await look(url, put("before"))

    await migrate.upgrade(url)
    # A process of the version before goes on working for a while.
    await look(url, put("after"))

    engine = open_engine(url)
    calls = await SqlRoleCalls(engine, name="test").of_run(RunId("run_1"))
    await engine.dispose()
    assert {call.id: call.is_alone for call in calls} == {"before": False, "after": False}


async def test_a_current_file_is_not_waited_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/eaa.sqlite"
    await migrate.upgrade(url)
    with closing(sqlite3.connect(tmp_path / "eaa.sqlite")) as other:
        other.execute("BEGIN IMMEDIATE")

        await migrate.upgrade(url)

        assert await migrate.current(url) == HEAD


async def test_a_file_that_is_no_database_is_said_to_be_unusable(tmp_path: Path) -> None:
    (tmp_path / "eaa.sqlite").write_bytes(b"not a database, " * 100)

    with pytest.raises(DatabaseUnreachable, match="not a database"):
        await migrate.upgrade(f"sqlite:///{tmp_path}/eaa.sqlite")


async def test_a_database_that_does_not_answer_is_said_to(url: str) -> None:
    nowhere = "sqlite:////nowhere/eaa.sqlite" if url.startswith("sqlite") else "postgresql://a:secret@127.0.0.1:1/b"

    with pytest.raises(DatabaseUnreachable) as caught:
        await migrate.upgrade(nowhere)

    assert "secret" not in str(caught.value)
