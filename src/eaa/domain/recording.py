"""The record of a run: everything it was given, everything it gave out, in order. What is replayed."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.event import Event
from eaa.domain.run import Run
from eaa.domain.task import Task
from eaa.domain.transcript import Noted

RECORDING_VERSION = 1


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A finished step."""

    sequence: int
    """From 1, in the order of execution."""
    name: str
    input_sha256: str
    """As it was when it ran; what was redacted since does not change it."""
    output: bytes
    """JSON, whole."""
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedConversation:
    """What was said and done in one context of the run."""

    context: str
    entries: tuple[Noted, ...]
    """Oldest first, numbered from 1."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A run as a value. A run that has not ended has a recording that ends where it stands."""

    version: int
    """Of this form."""
    eaa: str
    """The version of eaa that the run was made with, as far as its record says."""
    task: Task
    run: Run
    order: bytes
    """JSON: the workflow's argument."""
    steps: tuple[RecordedStep, ...]
    conversations: tuple[RecordedConversation, ...]
    """Sorted by context."""
    events: tuple[Event, ...]

    def conversation(self, context: str) -> tuple[Noted, ...]:
        """Return the entries of a context; empty for an unknown one."""
        return next((one.entries for one in self.conversations if one.context == context), ())

    def step(self, sequence: int) -> RecordedStep | None:
        """Return a step by its number."""
        return next((one for one in self.steps if one.sequence == sequence), None)
