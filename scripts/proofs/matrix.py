"""The kill matrix and random kills, on SQLite and on Postgres.

    python -m scripts.proofs.matrix [--kills N] [--seed N] [--every N]

Postgres is the one of `make services`.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.matrix.cells import Cell, all_cells
from tests.matrix.random_kills import RandomKills, kill_at_random
from tests.matrix.world import MatrixWorld, Outcome, matrix_world
from tests.postgres import new_database

DATABASES = ("SQLite", "Postgres")
LANES = 3
"""Installations on each that work at the same time."""
LANES_AT_RANDOM = {"SQLite": LANES, "Postgres": 1}
"""Processes of three installations would take more connections than the Postgres of the tests has."""


@dataclass(slots=True)
class Matrix:
    """What came of it on one database."""

    database: str
    outcomes: list[Outcome] = field(default_factory=list)
    random: RandomKills = field(default_factory=RandomKills)
    faults: list[str] = field(default_factory=list)
    """Cells that could not be run to their end, by a fault of the proof or of a process."""

    @property
    def wrongs(self) -> list[str]:
        """What is not as it must be."""
        faults = [f"{self.database}: {fault}" for fault in self.faults]
        cells = faults + [f"{self.database}: {one.cell}: {one}" for one in self.outcomes if not one.is_right]
        return cells if self.random.is_right else [*cells, f"{self.database}: random kills: {self.random}"]

    def rows(self) -> Iterator[str]:
        """Yield the lines of the table."""
        kinds = dict.fromkeys(one.cell.process for one in self.outcomes)
        for kind in kinds:
            of_kind = [one for one in self.outcomes if one.cell.process == kind]
            missed = sum(not one.reached for one in of_kind)
            sums = (sum(getattr(one.tally, name) for one in of_kind) for name in ("lost", "doubled", "unfinished"))
            yield _row(f"{self.database}: {kind}" + (f" ({missed} not reached)" if missed else ""), len(of_kind), *sums)
        tally = self.random.tally
        name = f"{self.database}: random, {self.random.freezes} freezes besides, {tally.tasks} tasks"
        yield _row(name, self.random.kills, tally.lost, tally.doubled, tally.unfinished)


def kill_matrix(*, kills: int, seed: int, every: int = 1) -> list[Matrix]:
    """Run every cell, or every n-th, and so many random kills in all, as many in each installation."""
    work = partial(_run, kills_a_lane=-(-kills // sum(LANES_AT_RANDOM.values())), seed=seed, every=every)
    with ProcessPoolExecutor(len(DATABASES), mp_context=get_context("spawn")) as processes:
        return list(processes.map(work, DATABASES))


def _run(database: str, *, kills_a_lane: int, seed: int, every: int) -> Matrix:
    return asyncio.run(_on(database, kills_a_lane=kills_a_lane, seed=seed, every=every))


async def _on(database: str, *, kills_a_lane: int, seed: int, every: int) -> Matrix:
    found = Matrix(database)
    async with AsyncExitStack() as stack:
        worlds = []
        for _ in range(LANES):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            url = None
            if database == "Postgres":
                url = stack.enter_context(new_database(os.environ["EAA_TEST_POSTGRES_URL"]))
            worlds.append(await stack.enter_async_context(matrix_world(folder, url)))
        cells = all_cells()[::every]
        lanes = [_lane(found, world, cells[number::LANES]) for number, world in enumerate(worlds)]
        found.outcomes = [outcome for lane in await asyncio.gather(*lanes) for outcome in lane]
        at_random = [
            kill_at_random(world, kills=kills_a_lane, seed=seed * 100 + number)
            for number, world in enumerate(worlds[: LANES_AT_RANDOM[database]])
        ]
        for one in await asyncio.gather(*at_random):
            found.random += one
        print(f"{database}: {found.random}", flush=True)
    return found


async def _lane(found: Matrix, world: MatrixWorld, cells: Sequence[Cell]) -> list[Outcome]:
    outcomes = []
    for cell in cells:
        try:
            outcome = await world.run(cell)
        except (AssertionError, TimeoutError, OSError) as error:
            found.faults.append(f"{cell}: {type(error).__name__}: {error}")
            print(f"{found.database}: {found.faults[-1]}", flush=True)
            continue
        outcomes.append(outcome)
        print(f"{found.database}: {cell}: {'right' if outcome.is_right else outcome}", flush=True)
    return outcomes


def _row(name: str, *figures: int) -> str:
    return f"| {name} | {' | '.join(map(str, figures))} |"


def main() -> int:
    """Print the table, and return 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    found = kill_matrix(kills=options.kills, seed=options.seed, every=options.every)
    for matrix in found:
        print(*matrix.rows(), *matrix.wrongs, sep="\n")
    return 1 if any(matrix.wrongs for matrix in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
