"""A task from another program: on record before it is answered, then worked on by a process of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eaa.domain.directive import Halt, halt_of
from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind
from eaa.domain.run import ENDED_STATES, Run, RunState
from eaa.engine.intake import Request, open_run
from eaa.engine.sources import open_source
from eaa.services.mcp.house import House

SOURCE = "MCP"
LONGEST_REQUEST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of `create`, checked against their schema."""

    request: str
    repository: str
    base: str | None = None
    kind: Kind | None = None
    offline: bool = False
    budget_usd: float | None = None


async def create(asked: Asked, house: House) -> dict[str, Any]:
    """Open the task and its run, let a process work on it, and return their ids without waiting for it.

    The same request on the same commit is the same task: asked again while its run has not ended, that run is told.

    Raises:
        InvalidRequest: The request is empty, or something is asked for that the house does not allow.
        RepositoryUnusable: There is no usable repository.
        RevisionNotFound: The base does not exist.
    """
    rules = house.rules
    budget_usd = _allowed_budget(asked, house)
    if not asked.request.strip():
        raise InvalidRequest("the request is empty", hint="Say what is wrong, best with one example and its result.")
    repository, base, _ = await open_source(_allowed_source(asked, house), asked.base, repositories=house.repositories)
    request = Request(
        text=asked.request,
        source=SOURCE,
        repository=repository,
        base=base,
        kind=asked.kind,
        environment=rules.environment,
        origin=rules.origin,
        has_model=rules.has_models and not asked.offline,
    )
    opened = await open_run(request, owner_slot=None, desk=house.desk)
    run = opened.run
    is_started = opened.is_new or await may_be_started(run, house)
    if is_started:
        await house.processes.start(run.id, budget_usd=budget_usd if opened.is_new and request.has_model else None)
    return {
        "task": run.task_id,
        "run": run.id,
        "is_new": opened.is_new,
        "state": run.state,
        "base": base,
        "has_model": opened.order.has_model,
        "is_started": is_started,
    }


async def may_be_started(run: Run, house: House) -> bool:
    """Return whether a run that was opened before may be gone on with: nobody works on it and no person holds it.

    A run that waits for an answer, more money or a mended machine waits for a person, not for a program's patience.
    """
    if run.state not in (RunState.QUEUED, RunState.RUNNING) or await is_alive(run, house):
        return False
    # One that is on its way to the run has not said yet that it is its own.
    is_on_its_way = run.state is RunState.QUEUED and await house.processes.has_started(run.id)
    return not is_on_its_way and await halt_said(run, house) is None


async def is_alive(run: Run, house: House) -> bool:
    """Return whether a process works on a run now."""
    if run.state in ENDED_STATES or run.owner_slot is None:
        return False
    return await house.slots.is_held(run.owner_slot)


async def halt_said(run: Run, house: House) -> Halt | None:
    """Return whether a person has stopped or paused a run."""
    async with house.desk.store.begin() as session:
        return halt_of(await session.directives.of_run(run.id))


def _allowed_budget(asked: Asked, house: House) -> float:
    most_usd = house.rules.most_usd
    if asked.budget_usd is not None and asked.budget_usd > most_usd:
        raise InvalidRequest(
            f"a run may cost at most {most_usd:g} USD here, and {asked.budget_usd:g} were asked for",
            hint="Ask for less, or let the person start `eaa mcp` with a larger `--budget-usd`.",
        )
    return most_usd if asked.budget_usd is None else asked.budget_usd


def _allowed_source(asked: Asked, house: House) -> str:
    """Return the repository as it is opened: an address as it is, a folder without links and dots."""
    source = asked.repository
    if "://" not in source:
        if not Path(source).is_absolute():
            raise InvalidRequest(
                f"{source!r} is no absolute path", hint="Give the repository's whole path, or its https address."
            )
        source = str(Path(source).resolve())
    allowed = [one if "://" in one else str(Path(one).resolve()) for one in house.rules.repositories]
    if allowed and source not in allowed:
        raise InvalidRequest(
            f"work on {source} is not allowed here",
            hint="Let the person add it: `eaa mcp --repo PATH`, once for each repository.",
        )
    return source
