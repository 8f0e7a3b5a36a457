"""What runs wait for a person to do: a yes, an answer, or something to put right."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from eaa.domain.errors import ApprovalMissing, InvalidRequest
from eaa.domain.event import Event
from eaa.domain.ids import DEFAULT_ORGANISATION, RunId
from eaa.domain.parked import PersonAsked, PlanWaits
from eaa.domain.plan import Plan
from eaa.domain.run import Run, RunState
from eaa.engine.codec import decode
from eaa.engine.workflows.change import PLAN_STEP
from eaa.ports.blobs import Blobs
from eaa.ports.store import Session, Store


class Wanted(StrEnum):
    """What a person would do."""

    ANSWER = "answer"
    """Answer a question."""
    PLAN = "plan"
    """Say yes to a plan."""
    COMMIT = "commit"
    """Say yes to a write of exactly one commit to the outside."""
    MEND = "mend"
    """Put something right: money, a model, a code host, …"""
    RESUME = "resume"
    """Let a run go on that was paused."""


_WANTED = {
    PersonAsked.code: Wanted.ANSWER,
    PlanWaits.code: Wanted.PLAN,
    ApprovalMissing.code: Wanted.COMMIT,
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits."""

    run: Run
    wanted: Wanted
    code: str
    """Of the error that it came to a halt with; empty for one that was paused."""
    hint: str
    subject: str | None
    """Of a yes: the plan's SHA-256, or the commit."""
    since: datetime


async def waiting_runs(session: Session) -> tuple[Waiting, ...]:
    """Return every run that waits for a person, oldest first."""
    runs = await session.runs.in_state(DEFAULT_ORGANISATION, frozenset({RunState.WAITING}))
    return tuple([await waiting_of(session, run) for run in runs])


async def waiting_of(session: Session, run: Run) -> Waiting:
    """Return what a run that waits waits for."""
    halts = [event for event in await session.events.of_run(run.id) if event.type in ("run.parked", "run.paused")]
    if not halts or halts[-1].type == "run.paused":
        since = halts[-1].created_at if halts else run.updated_at
        return Waiting(run, Wanted.RESUME, code="", hint="", subject=None, since=since)
    said = _said(halts[-1])
    return Waiting(
        run=run,
        wanted=_WANTED.get(said["code"], Wanted.MEND),
        code=said["code"],
        hint=said["hint"],
        subject=said.get("subject"),
        since=halts[-1].created_at,
    )


async def plan_of(run_id: RunId, *, store: Store, blobs: Blobs) -> Plan:
    """Return the newest plan of a run.

    Raises:
        InvalidRequest: It has none.
    """
    async with store.begin() as session:
        steps = await session.steps.of_run(run_id)
    # After the transaction: blobs may be rows that are read on a connection of their own.
    for step in reversed(steps):
        if step.name == PLAN_STEP:
            return decode(step.output if step.output_blob is None else await blobs.get(step.output_blob), Plan)
    raise InvalidRequest(
        f"run {run_id} waits with no plan", hint="A run stops after its plan when it is begun with `eaa run … --plan`."
    )


def _said(event: Event) -> dict[str, Any]:
    return decode(event.data, dict[str, Any])
