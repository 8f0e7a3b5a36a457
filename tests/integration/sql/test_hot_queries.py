"""The statements that services send all day read an index, however much has piled up."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from eaa.adapters.sql.database import Database
from eaa.adapters.sql.engine import open_engine, sqlite_file
from eaa.adapters.sql.executors import SqlExecutors
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.role_calls import SqlRoleCalls
from eaa.adapters.sql.store import SqlStore
from eaa.domain.effect import EffectState
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId, RunId, TaskId
from eaa.domain.origin import Origin
from eaa.domain.role import RoleName
from eaa.domain.role_call import QueueLimits
from eaa.domain.run import RunState
from eaa.domain.task import TaskIdentity
from eaa.ports.store import Session

ROWS = 100_000
BIG = ("tasks", "runs", "events", "role_calls", "steps", "effects", "directives")
DAY = "2026-01-01T12:00:00.000000Z"
FILLINGS = (
    (
        "INSERT INTO tasks (organisation_id, id, text, origin, source, repository_source, base, created_at)"
        " SELECT 'org_default', 'tsk_' || n, 't', 'anonymous', 'cli', 'shop', 'commit_' || n % 5000, {day}"
        " FROM {numbers}"
    ),
    (
        "INSERT INTO directives (organisation_id, run_id, sequence, kind, text, created_at)"
        " SELECT 'org_default', 'run_' || n, 1, 'say', 't', {day} FROM {numbers}"
    ),
    (
        "INSERT INTO runs (organisation_id, id, task_id, state, attempt, generation, priority, created_at, updated_at)"
        " SELECT 'org_default', 'run_' || n, 'tsk_' || n, 'done', 1, 1, 5, {day}, {day} FROM {numbers}"
    ),
    (
        "INSERT INTO events (organisation_id, id, task_id, run_id, type, data, created_at)"
        " SELECT 'org_default', 'evt_' || n, 'tsk_' || n, 'run_' || n, 'run.done', {nothing}, {day} FROM {numbers}"
    ),
    (
        "INSERT INTO role_calls (organisation_id, id, role, run_id, generation, name, brief, priority,"
        " state, created_at)"
        " SELECT 'org_default', 'cal_' || n, 'qa', 'run_' || n, 1, 'x', 'b', 5, 'done', {day} FROM {numbers}"
    ),
    (
        "INSERT INTO effects (organisation_id, id, run_id, kind, target, marker, payload_sha256, state, created_at,"
        " updated_at) SELECT 'org_default', 'eff_' || n, 'run_' || n, 'publish branch', 't', 'm' || n, 'h',"
        " 'confirmed', {day}, {day} FROM {numbers}"
    ),
    (
        "INSERT INTO steps (organisation_id, run_id, sequence, name, input_sha256, output, started_at, ended_at)"
        " SELECT 'org_default', 'run_' || n, 1, 'n', 'h', {nothing}, {day}, {day} FROM {numbers}"
    ),
)
InSession = Callable[[Session], Awaitable[object]]
Alone = Callable[[SqlRoleCalls, SqlExecutors], Awaitable[object]]
IN_SESSION: dict[str, InSession] = {
    "claim a run": lambda session: session.runs.claim(owner_slot="dispatcher-0", at_once=4),
    "runs in a state": lambda session: session.runs.in_state(DEFAULT_ORGANISATION, frozenset({RunState.RUNNING})),
    "newest runs": lambda session: session.runs.newest(DEFAULT_ORGANISATION, states=frozenset(RunState), limit=20),
    "older runs": lambda session: session.runs.newest(
        DEFAULT_ORGANISATION, states=frozenset(RunState), limit=20, before=RunId("run_7")
    ),
    "runs of a task": lambda session: session.runs.of_task(TaskId("tsk_7")),
    "newest tasks": lambda session: session.tasks.newest(DEFAULT_ORGANISATION, limit=20),
    "the same task": lambda session: session.tasks.same(
        TaskIdentity(DEFAULT_ORGANISATION, "t", Origin.ANONYMOUS, "shop", "commit_7", kind=None)
    ),
    "directives of a run": lambda session: session.directives.of_run(RunId("run_7")),
    "newest event": lambda session: session.events.newest(),
    "effects of a run": lambda session: session.effects.of_run(RunId("run_7")),
    "events after": lambda session: session.events.after(EventId("evt_99000"), limit=100),
    "events of a run": lambda session: session.events.of_run(RunId("run_7")),
    "steps of a run": lambda session: session.steps.of_run(RunId("run_7")),
    "open effects": lambda session: session.effects.newest(
        DEFAULT_ORGANISATION, states={EffectState.INTENDED}, limit=20
    ),
    "newest effects": lambda session: session.effects.newest(DEFAULT_ORGANISATION, states=set(EffectState), limit=20),
}
ALONE: dict[str, Alone] = {
    "take a call": lambda calls, _: calls.take(
        RoleName.QA,
        owner_slot="role-qa-0",
        limits=QueueLimits(at_once=4, starts_a_minute=60, at_once_an_organisation=2),
    ),
    "calls of a run": lambda calls, _: calls.of_run(RunId("run_7")),
    "calls that wait": lambda calls, _: calls.waiting(RoleName.QA),
    "calls of a slot": lambda calls, _: calls.running("role-qa-0"),
    "give back": lambda calls, _: calls.give_back("role-qa-0"),
    "executors": lambda _, executors: executors.all(),
    "silent executors": lambda _, executors: executors.silent(for_longer_than=timedelta(seconds=30)),
}
NAMES = (*IN_SESSION, *ALONE)


@asynccontextmanager
async def filled(url: str) -> AsyncIterator[Database]:
    await upgrade(url)
    engine = open_engine(url)
    is_sqlite = sqlite_file(url) is not None
    counted = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {0}) SELECT n FROM c"
    words = {
        "numbers": f"({counted.format(ROWS)}) AS s" if is_sqlite else f"generate_series(1, {ROWS}) AS s(n)",
        "day": f"'{DAY}'" if is_sqlite else f"timestamptz '{DAY}'",
        "nothing": "x''" if is_sqlite else "''::bytea",
    }
    try:
        async with engine.begin() as connection:
            for filling in FILLINGS:
                await connection.execute(text(filling.format(**words)))
            # Postgres does it by itself; nobody does it to a SQLite file of ours.
            if not is_sqlite:
                await connection.execute(text("ANALYZE"))
        yield engine
    finally:
        await engine.dispose()


async def statements_of(engine: Database, name: str) -> list[tuple[str, Any]]:
    """Return what the product itself sends when it asks."""
    sent: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        if name in IN_SESSION:
            async with SqlStore(engine, name="test").begin() as session:
                await IN_SESSION[name](session)
        else:
            await ALONE[name](SqlRoleCalls(engine, name="test"), SqlExecutors(engine, name="test"))
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    reads = ("SELECT", "UPDATE", "DELETE", "INSERT")
    return [(statement, parameters) for statement, parameters in sent if statement.lstrip().startswith(reads)]


async def scans_of(engine: Database, statement: str, parameters: Any) -> list[str]:
    """Return the big tables that a statement reads from end to end."""
    async with engine.begin() as connection:

        def explain(plain: Any) -> list[str]:
            if plain.dialect.name == "sqlite":
                rows = plain.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                told = [str(row[-1]) for row in rows]
                # Without a condition and already in order, a scan ends at its limit.
                if (
                    "LIMIT" in statement
                    and "WHERE" not in statement
                    and not any("TEMP B-TREE" in line for line in told)
                ):
                    return []
                # "SCAN x USING INDEX" still reads all of it.
                return [line for line in told if line.startswith("SCAN ") and line.split()[1] in BIG]
            plan = plain.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
            return _sequential(plan if isinstance(plan, list) else json.loads(plan))

        return await connection.run_sync(explain)


def _sequential(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [name for part in plan for name in _sequential(part)]
    if not isinstance(plan, dict):
        return []
    own = [plan["Relation Name"]] if plan.get("Node Type") == "Seq Scan" and plan["Relation Name"] in BIG else []
    return own + [name for part in plan.values() for name in _sequential(part)]


async def test_every_hot_query_reads_an_index(url: str) -> None:
    async with filled(url) as engine:
        wrong: dict[str, list[str]] = {}
        for name in NAMES:
            statements = await statements_of(engine, name)
            assert statements, name
            for statement, parameters in statements:
                if scans := await scans_of(engine, statement, parameters):
                    wrong.setdefault(name, []).extend(scans)

    assert wrong == {}


async def test_a_missing_index_is_noticed(url: str) -> None:
    async with filled(url) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("DROP INDEX events_by_run"))
        asked = await statements_of(engine, "events of a run")
        scans = [table for statement in asked for table in await scans_of(engine, *statement)]

    assert scans
