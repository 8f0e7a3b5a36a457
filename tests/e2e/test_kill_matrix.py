"""Sixty cells of the kill matrix; `make proof` runs all of it and a thousand random kills."""

from pathlib import Path

import pytest

from tests.matrix.cells import Cell, all_cells, sample_of
from tests.matrix.world import matrix_world
from tests.postgres import new_database

pytestmark = pytest.mark.slow
CELLS = 30
"""On each database."""
PARTS = 3
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("database", ["sqlite", POSTGRES])
async def test_whichever_process_dies_at_whichever_point_everything_is_done_once(
    database: str, part: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cells = sample_of(database, count=CELLS)[part::PARTS]
    if database == "sqlite":
        await _hold(cells, tmp_path, None)
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        await _hold(cells, tmp_path, url)


def test_the_sample_has_every_kind_of_process() -> None:
    kinds = {cell.process for cell in all_cells()}

    for database in ("sqlite", "postgres"):
        sample = sample_of(database, count=CELLS)
        assert len(set(sample)) == CELLS
        assert {cell.process for cell in sample} == kinds


async def _hold(cells: tuple[Cell, ...], folder: Path, database_url: str | None) -> None:
    async with matrix_world(folder, database_url) as world:
        outcomes = [await world.run(cell) for cell in cells]

    assert [str(outcome) for outcome in outcomes if not outcome.is_right] == []
