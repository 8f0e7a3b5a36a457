"""What events say, one shape for each type.

A shape may gain fields that have a default; anything else needs a new version, which `EVENT_VERSIONS` then says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from eaa.domain.effect import EffectKind
from eaa.domain.event import EVENT_TYPES
from eaa.domain.origin import Origin
from eaa.domain.run import RunState
from eaa.domain.verdict import TaskVerdict


@dataclass(frozen=True, slots=True)
class TaskOpened:
    """Somebody asks for something that was not asked before."""

    source: str
    """Where the request came from: `command line`, `HTTP API`, an issue's address, …"""
    origin: Origin


@dataclass(frozen=True, slots=True)
class RunResumed:
    """Somebody works on a run again."""

    generation: int


@dataclass(frozen=True, slots=True)
class RunHalted:
    """A run has ended, or a person has paused it."""

    state: RunState
    verdict: TaskVerdict | None


@dataclass(frozen=True, slots=True)
class RunParked:
    """A run came to a halt that a person can mend, or a fault ended it."""

    state: RunState
    code: str
    """Of the error."""
    hint: str
    subject: str | None = None
    """Of the yes that it waits for: a plan's SHA-256, or a commit."""
    told: int | None = None
    """How many times people had told it something by then; None where that was not noted."""


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is on record."""

    step: int
    output_sha256: str


@dataclass(frozen=True, slots=True)
class RefusedEffect:
    """A write to the outside may not be, or was given up."""

    kind: EffectKind
    because: str | None
    commit: str | None = None
    effect: str | None = None
    by: str | None = None
    """The person who gave it up; None where the table of origins refused it."""


@dataclass(frozen=True, slots=True)
class ConfirmedEffect:
    """A person said that a write whose end nobody saw did come through."""

    kind: EffectKind
    effect: str
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class WorkspaceTaken:
    """A person works in a run's workspace."""

    who: str
    tree: str


@dataclass(frozen=True, slots=True)
class WorkspaceHandedBack:
    """They gave it back."""

    who: str
    tree: str
    paths: tuple[str, ...]
    """What they changed."""
    is_done: bool


EVENT_VERSIONS: Mapping[str, int] = dict.fromkeys(sorted(EVENT_TYPES), 1)
"""The version of each type's shape, as `dataschema` names it."""


def schema_name(event_type: str) -> str:
    """Return the name of a type's schema, in its present version; of a type from a later release, without one."""
    version = EVENT_VERSIONS.get(event_type)
    return f"urn:eaa:event:{event_type}" if version is None else f"urn:eaa:event:{event_type}:{version}"
