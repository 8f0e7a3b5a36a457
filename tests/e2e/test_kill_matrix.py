"""Sixty cells of the kill matrix; `make proof` runs all of it and a thousand random kills."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.matrix.cells import Cell, all_cells, sample_of
from tests.matrix.world import MatrixWorld, Outcome, matrix_world
from tests.postgres import new_database

pytestmark = pytest.mark.slow
CELLS = 30
"""On each database."""
LANES = 3
"""Installations that work at the same time: in most cells somebody waits to find out that somebody else is gone."""
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.mark.parametrize("database", ["sqlite", POSTGRES])
async def test_whichever_process_dies_at_whichever_point_everything_is_done_once(
    database: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    cells = sample_of(database, count=CELLS)
    async with AsyncExitStack() as stack:
        worlds = []
        for _ in range(LANES):
            url = None
            if database == "postgres":
                url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
            # One after the other: a process migrates one database at a time.
            worlds.append(await stack.enter_async_context(matrix_world(tmp_path_factory.mktemp("lane"), url)))
        lanes = [_outcomes(cells[number::LANES], world) for number, world in enumerate(worlds)]
        outcomes = [outcome for lane in await asyncio.gather(*lanes) for outcome in lane]

    assert len(outcomes) == CELLS
    assert [str(outcome) for outcome in outcomes if not outcome.is_right] == []


def test_the_sample_has_every_kind_of_process() -> None:
    kinds = {cell.process for cell in all_cells()}

    for database in ("sqlite", "postgres"):
        sample = sample_of(database, count=CELLS)
        assert len(set(sample)) == CELLS
        assert {cell.process for cell in sample} == kinds


async def _outcomes(cells: tuple[Cell, ...], world: MatrixWorld) -> list[Outcome]:
    return [await world.run(cell) for cell in cells]
