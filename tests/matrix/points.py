"""Where a process can die: the durable moments of a run, before and after each is on record."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.brief import Stage
from eaa.domain.role import RoleName


class Moment(StrEnum):
    """Where at a point."""

    BEFORE = "before"
    """Everything is done, and nothing of it is on record (or in the outside) yet."""
    AFTER = "after"
    """It is on record, and the process knows nothing of it yet."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment at which a process ends where it stands."""

    what: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} {self.what}"


CALLS = (
    (RoleName.PM, Stage.REQUIREMENT),
    (RoleName.SA, Stage.CODE_MAP),
    (RoleName.QA, Stage.TESTS),
    (RoleName.RD, Stage.REPRODUCTION),
    (RoleName.SD, Stage.PATCH),
    (RoleName.RD, Stage.INTEGRATION),
    (RoleName.SRE, Stage.ROLLOUT),
    (RoleName.RD, Stage.PULL_REQUEST),
)
"""Which role is asked for what in a run, in this order."""
STEPS = (
    "environment and baseline",
    *(f"{role.upper()} · {stage}" for role, stage in CALLS[:6]),
    "verification in fresh workspaces",
    *(f"{role.upper()} · {stage}" for role, stage in CALLS[6:]),
    "RD · publish the branch",
)
CLAIM, INTENDED, PUBLISH, CONFIRMED, ENDED = "claim", "effect intended", "publish", "effect confirmed", "run ended"
CREATE = "task created"


def step(name: str) -> str:
    """Return the point of a step's record."""
    return f"step {name}"


def taken(stage: str) -> str:
    """Return the point at which a role's process takes a call."""
    return f"call taken: {stage}"


def taken_of(run_id: str) -> str:
    """Return the point at which a role's process takes a call of a run, whichever it is."""
    return f"call taken of {run_id}"


def answered(stage: str) -> str:
    """Return the point at which a role's process records what came of a call."""
    return f"call answered: {stage}"


def points_of_dispatcher() -> tuple[Point, ...]:
    """Return every point of a dispatcher in which the roles work too."""
    whats = (CLAIM, *map(step, STEPS), INTENDED, PUBLISH, CONFIRMED, ENDED)
    return tuple(Point(what, moment) for what in whats for moment in Moment)


def points_of_role(role: RoleName) -> tuple[Point, ...]:
    """Return every point of a role's process."""
    stages = [stage for asked, stage in CALLS if asked is role]
    found: list[Point] = []
    for stage in stages:
        found.append(Point(taken(stage), Moment.AFTER))
        found += [Point(answered(stage), moment) for moment in Moment]
    return tuple(found)


def points_of_gateway() -> tuple[Point, ...]:
    """Return every point of a gateway that takes a task."""
    return tuple(Point(CREATE, moment) for moment in Moment)
