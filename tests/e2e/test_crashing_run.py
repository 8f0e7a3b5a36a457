"""A run whose calls end the process that works on them, and an innocent run beside it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from eaa.domain.crashes import ALONE_AFTER
from eaa.domain.role import RoleName
from eaa.engine.run_queue import claim_run, release_abandoned
from tests.matrix.points import Moment, Point, taken_of
from tests.matrix.world import MatrixWorld, matrix_world

pytestmark = pytest.mark.slow


async def test_a_run_that_ends_a_roles_process_ends_nobody_elses_work_from_the_third_time_on(tmp_path: Path) -> None:
    async with matrix_world(tmp_path, None) as world:
        suspect = await world.queue(world.project())
        await _crash_often(world)
        project = world.project()
        innocent = await world.queue(project, priority=-1)
        for services in (["dispatcher"], ["dispatcher"], [role for role in RoleName if role is not RoleName.SD]):
            await world.start(services)
        # One process could take both now, the innocent run's first.
        await _until(lambda: _calls_of_sd(tmp_path) == {suspect.id: "queued", innocent.id: "queued"})

        crashing = await world.start([RoleName.SD], Point(taken_of(suspect.id), Moment.AFTER))
        await _until(lambda: not world.is_alive(crashing))

        assert _calls_of_sd(tmp_path) == {suspect.id: "running", innocent.id: "done"}
        tally = await world.judged([innocent.id], [project])
    assert tally.is_right


async def _crash_often(world: MatrixWorld) -> None:
    desk = world.records.desk
    for _ in range(ALONE_AFTER + 1):
        await claim_run(owner_slot="dispatcher-9", at_once=None, desk=desk)
        await release_abandoned({"dispatcher-9"}, but=(), desk=desk)


def _calls_of_sd(folder: Path) -> dict[str, str]:
    """Return how the call of each run stands."""
    with closing(sqlite3.connect(folder / "home" / "eaa.sqlite")) as connection:
        return dict(connection.execute("SELECT run_id, state FROM role_calls WHERE role = 'sd'"))


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.02)
