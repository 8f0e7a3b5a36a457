"""A person's yes to writes of a run: to one commit, or beforehand to whatever the run makes. Kept as events."""

from typing import assert_never

import msgspec

from eaa.domain.errors import InvalidRequest
from eaa.domain.event import Event
from eaa.domain.ids import CommitId, RunId
from eaa.domain.origin import Origin
from eaa.domain.permission import Permission
from eaa.domain.run import Run
from eaa.engine.codec import decode, encode
from eaa.engine.journal import Desk, event_of_run
from eaa.ports.store import Session

APPROVED = "effect.approved"
_SHORTEST = 7


class Approval(msgspec.Struct, frozen=True):
    """What was said yes to."""

    commit: str | None
    """The beginning of a commit's id, at least 7 characters; None for whatever the run makes, CI files excepted."""


async def approve(commit: str | None, *, run: Run, desk: Desk) -> None:
    """Record a person's yes. Another commit needs another one.

    Raises:
        InvalidRequest: It is not the beginning of a commit's id.
        RunFenced: Another process has taken the run over.
    """
    if commit is not None and not is_beginning_of_id(commit):
        raise InvalidRequest(
            f"{commit!r} is not the id of a commit", hint=f"Give at least its first {_SHORTEST} characters."
        )
    async with desk.store.begin() as session:
        await approve_in(session, commit, run=run, desk=desk)


async def approve_in(session: Session, commit: str | None, *, run: Run, desk: Desk) -> None:
    """Record a person's yes in a transaction that is open already; the commit's id was checked.

    Raises:
        RunFenced: Another process has taken the run over.
    """
    await session.runs.hold(run.id, generation=run.generation)
    await session.events.add(approval_event(commit, run=run, desk=desk))


def approval_event(commit: str | None, *, run: Run, desk: Desk) -> Event:
    """Return a yes as an event: it comes from a person at this machine."""
    return event_of_run(run, Origin.MEMBER, APPROVED, encode(Approval(commit)), desk=desk)


def is_beginning_of_id(text: str) -> bool:
    """Return whether a text can stand for one commit."""
    return len(text) >= _SHORTEST and set(text) <= set("0123456789abcdef")


async def is_approved(needed: Permission, commit: CommitId, *, run_id: RunId, session: Session) -> bool:
    """Return whether nothing stands in the way of a write that shows a commit to the outside."""
    match needed:
        case Permission.ALLOWED:
            return True
        case Permission.REFUSED:
            return False
        case Permission.NEEDS_CONSENT | Permission.NEEDS_APPROVAL:
            given = await _approvals(run_id, session)
            is_for_it = any(one.commit is not None and commit.startswith(one.commit) for one in given)
            is_blanket = needed is Permission.NEEDS_CONSENT and any(one.commit is None for one in given)
            return is_for_it or is_blanket
        case _:
            assert_never(needed)


async def _approvals(run_id: RunId, session: Session) -> list[Approval]:
    events = await session.events.of_run(run_id)
    return [decode(event.data, Approval) for event in events if event.type == APPROVED]
