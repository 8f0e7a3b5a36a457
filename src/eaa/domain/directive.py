"""What people tell a run: that it shall stop, wait or go on, and words for the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.ids import OrganisationId, RunId

TEXT_LIMIT_CHARACTERS = 20_000
"""Of one directive."""


class DirectiveKind(StrEnum):
    """What is meant."""

    STOP = "stop"
    """For good: nothing takes it back."""
    PAUSE = "pause"
    """Until a `resume`."""
    RESUME = "resume"
    """Takes the pauses before it back."""
    SAY = "say"
    """Words for the model."""
    ANSWER = "answer"
    """An answer to the question that the run asked."""
    OUTSIDE_ANSWER = "outside answer"
    """Such an answer from somebody who is no member of the project, or from a program."""
    APPROVE = "approve"
    """A yes; the text is the SHA-256 of exactly what it is to."""
    TAKE = "take"
    """A person has the workspace now; the text is a `Taken` as JSON."""
    HAND_BACK = "hand back"
    """A person gives it back; the text is a `HandedBack` as JSON."""


WORDS = frozenset({DirectiveKind.SAY, DirectiveKind.ANSWER, DirectiveKind.OUTSIDE_ANSWER, DirectiveKind.HAND_BACK})
"""The kinds that a model hears."""


class Halt(StrEnum):
    """Why a run shall not work now."""

    STOPPED = "stopped"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Directive:
    """One thing that a person told a run. Unique by (run, sequence); never changed or taken back."""

    organisation_id: OrganisationId
    run_id: RunId
    sequence: int
    """From 1, in the order of telling."""
    kind: DirectiveKind
    text: str
    """The words; empty where there are none."""
    created_at: datetime

    def __post_init__(self) -> None:
        if len(self.text) > TEXT_LIMIT_CHARACTERS:
            raise ValueError("the words of a directive are longer than a row may hold")


def taking_of(directives: Sequence[Directive]) -> Directive | None:
    """Return the directive with which a person took the workspace that is still out; None when it is not."""
    moves = [one for one in directives if one.kind in (DirectiveKind.TAKE, DirectiveKind.HAND_BACK)]
    return moves[-1] if moves and moves[-1].kind is DirectiveKind.TAKE else None


def halt_of(directives: Sequence[Directive]) -> Halt | None:
    """Return what a run's directives, oldest first, amount to: None while it may work."""
    kinds = [directive.kind for directive in directives]
    if DirectiveKind.STOP in kinds:
        return Halt.STOPPED
    last = next((kind for kind in reversed(kinds) if kind in (DirectiveKind.PAUSE, DirectiveKind.RESUME)), None)
    return Halt.PAUSED if last is DirectiveKind.PAUSE else None
