"""A workflow database without room, and one that DBOS does not talk about."""

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.pool import Pool

from eaa.adapters.dbos import launch
from eaa.adapters.dbos.bench import bench_engine
from eaa.adapters.dbos.launch import _LOCKED_PAUSE_S, _open_writable
from eaa.adapters.dbos.workflow import open_workflows
from eaa.adapters.sql.engine import sqlite_address
from eaa.domain.errors import DatabaseUnreachable, DiskFull, EaaError
from eaa.domain.ids import RunId
from eaa.ports.workflow import Workflow, WorkflowState
from eaa.wiring.bench import open_journal_recorder

RUN = RunId("run_1")


@contextmanager
def no_room() -> Iterator[None]:
    """Let no SQLite file grow, as on a full disk."""

    def limit(connection: Any, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    def lift(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    # The limit belongs to a connection, so each one gives it back when it is returned.
    event.listen(Pool, "checkout", limit)
    event.listen(Pool, "checkin", lift)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", limit)
        event.remove(Pool, "checkin", lift)


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of the files in a folder."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_nobody_else_may_read_the_workflow_database(tmp_path: Path) -> None:
    async with open_workflows(sqlite_address(tmp_path / "workflows.sqlite"), slot="cli-0", table={}):
        found = modes(tmp_path)

    assert found["workflows.sqlite"] == 0o600
    assert set(found.values()) == {0o600}


async def test_a_message_that_cannot_be_recorded_ends_the_run_with_disk_full_and_it_can_be_resumed(
    tmp_path: Path,
) -> None:
    async def work(workflow: Workflow, _: bytes) -> bytes:
        return await workflow.receive("large", timeout_s=60) or b"nothing"

    url = sqlite_address(tmp_path / "workflows.sqlite")
    async with open_workflows(url, slot="cli-0", table={"work": work}, poll_s=0.05) as workflows, asyncio.timeout(60):
        await workflows.start("work", run_id=RUN, generation=1, argument=b"{}")
        await workflows.let_go(RUN)
        await workflows.send(RUN, "large", b"x" * 1_000_000)
        with no_room():
            await workflows.resume(RUN, generation=1)
            with pytest.raises(DiskFull):
                await workflows.result(RUN)
            assert await workflows.state(RUN) is WorkflowState.PENDING

        await workflows.resume(RUN, generation=2)
        assert len(await workflows.result(RUN)) == 1_000_000


@pytest.mark.parametrize("ends", ["returns", "fails"])
async def test_an_outcome_that_cannot_be_recorded_is_not_waited_for_for_ever(tmp_path: Path, ends: str) -> None:
    with ExitStack() as stack:

        async def work(workflow: Workflow, _: bytes) -> bytes:
            if workflow.generation == 1:
                stack.enter_context(no_room())
                if ends == "fails":
                    raise EaaError("x" * 1_000_000)
            return b"x" * 1_000_000

        url = sqlite_address(tmp_path / "workflows.sqlite")
        async with (
            open_workflows(url, slot="cli-0", table={"work": work}, poll_s=0.05, outcome_s=0.2) as workflows,
            asyncio.timeout(60),
        ):
            await workflows.start("work", run_id=RUN, generation=1, argument=b"{}")
            if ends == "returns":
                assert len(await workflows.result(RUN)) == 1_000_000
            else:
                with pytest.raises(DatabaseUnreachable):
                    await workflows.result(RUN)

            stack.close()
            await workflows.resume(RUN, generation=2)
            assert len(await workflows.result(RUN)) == 1_000_000


async def test_failing_workflows_print_nothing(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from eaa.adapters.dbos.workflow import open_workflows
from eaa.domain.errors import EaaError
async def work(workflow, argument):
    raise ValueError("a fault")
async def main():
    async with open_workflows(sys.argv[1], slot="cli-0", table={"work": work}) as workflows:
        await workflows.start("work", run_id="run_1", generation=1, argument=b"")
        try:
            await workflows.result("run_1")
        except EaaError as error:
            print(error)
    print(await asyncio.to_thread(lambda: "threads still work"))
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", program, sqlite_address(tmp_path / "workflows.sqlite"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    output, errors = await process.communicate()

    assert output.decode().splitlines() == ["ValueError: a fault", "threads still work"]
    assert errors == b""


async def test_the_benchmark_measures_us_and_dbos_alone(tmp_path: Path) -> None:
    figures = await bench_engine(tmp_path, open_recorder=open_journal_recorder, runs=4, at_once=2, rounds=2)

    names = ["DBOS alone", "eaa", "DBOS as it ships"]
    assert [each.contender for each in figures] == names
    assert figures[0].share_lowest == figures[0].share_highest == 1.0
    assert all(each.share_lowest <= each.share_of_peer <= each.share_highest for each in figures)
    assert all(min(each.runs_per_s, each.step_ms, each.step_cpu_ms) > 0 for each in figures)


async def test_a_launch_waits_for_whoever_has_locked_the_file(tmp_path: Path) -> None:
    file = tmp_path / "workflows.sqlite"
    async with open_workflows(sqlite_address(file), slot="test-0", table={}):
        pass
    impatient = create_engine(sqlite_address(file), connect_args={"timeout": 0})
    locking = sqlite3.connect(file, isolation_level=None)
    locking.execute("BEGIN EXCLUSIVE")
    waiting = asyncio.create_task(asyncio.to_thread(_open_writable, impatient))
    await asyncio.sleep(4 * _LOCKED_PAUSE_S)
    was_waiting = not waiting.done()
    locking.rollback()
    locking.close()

    connection = await waiting

    connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.close()
    impatient.dispose()
    assert was_waiting


def test_a_launch_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "LOCKED_S", 0.0)
    locking = sqlite3.connect(tmp_path / "workflows.sqlite", isolation_level=None)
    locking.execute("BEGIN EXCLUSIVE")
    impatient = create_engine(sqlite_address(tmp_path / "workflows.sqlite"), connect_args={"timeout": 0})

    with pytest.raises(DatabaseUnreachable, match="locked"):
        _open_writable(impatient)

    locking.close()
    impatient.dispose()
