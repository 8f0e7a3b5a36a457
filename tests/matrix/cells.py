"""The cells of the kill matrix: process, point, and who goes on."""

import random
from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.role import RoleName
from tests.matrix.points import Point, points_of_dispatcher, points_of_gateway, points_of_role


class Survivor(StrEnum):
    """Who goes on with the work."""

    PEER = "a live peer"
    RESTART = "the same service, started again"


@dataclass(frozen=True, slots=True)
class Cell:
    """A process that dies at a point."""

    process: str
    """`dispatcher`, `gateway`, or a role."""
    point: Point
    survivor: Survivor

    def __str__(self) -> str:
        return f"{self.process} {self.point}, then {self.survivor}"


def all_cells() -> tuple[Cell, ...]:
    """Return every cell of one database."""
    points = {
        "dispatcher": points_of_dispatcher(),
        **{str(role): points_of_role(role) for role in RoleName},
    }
    workers = tuple(
        Cell(process, point, survivor) for process, found in points.items() for point in found for survivor in Survivor
    )
    # A gateway keeps nothing: whoever was not answered asks another replica.
    return (*workers, *(Cell("gateway", point, Survivor.PEER) for point in points_of_gateway()))


def sample_of(database: str, *, count: int) -> tuple[Cell, ...]:
    """Return the same cells each time: every kind of process and every point of a dispatcher's effects among them."""
    cells = all_cells()
    always = [cell for cell in cells if cell.process == "gateway"]
    always += [
        cell
        for cell in cells
        if cell.process == "dispatcher" and ("effect" in cell.point.what or cell.point.what == "publish")
        if (cell.survivor is Survivor.PEER) == (database == "sqlite")
    ]
    rest = [cell for cell in cells if cell not in always]
    random.Random(database).shuffle(rest)
    by_role = {cell.process: cell for cell in rest if cell.process in set(RoleName)}
    chosen = [*always, *by_role.values()]
    return tuple([*chosen, *(cell for cell in rest if cell not in chosen)][:count])
