"""The database: transactions over all records of tasks and runs."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from eaa.ports.commit_packs import CommitPacks
from eaa.ports.directives import Directives
from eaa.ports.effects import Effects
from eaa.ports.event_counts import EventCounts
from eaa.ports.event_readers import EventReaders
from eaa.ports.events import Events
from eaa.ports.kept_replies import KeptReplies
from eaa.ports.runs import Runs
from eaa.ports.schedules import Schedules
from eaa.ports.steps import Steps
from eaa.ports.tasks import Tasks
from eaa.ports.toggle_settings import ToggleSettings
from eaa.ports.transcripts import Transcripts


class Session(Protocol):
    """One transaction. What it holds may be used only until it ends."""

    @property
    def tasks(self) -> Tasks:
        """The tasks."""
        ...

    @property
    def runs(self) -> Runs:
        """The runs."""
        ...

    @property
    def steps(self) -> Steps:
        """The records of finished steps."""
        ...

    @property
    def transcripts(self) -> Transcripts:
        """The conversations with models."""
        ...

    @property
    def directives(self) -> Directives:
        """What people told runs."""
        ...

    @property
    def effects(self) -> Effects:
        """The effects ledger."""
        ...

    @property
    def events(self) -> Events:
        """The outbox."""
        ...

    @property
    def readers(self) -> EventReaders:
        """How far readers of the outbox are."""
        ...

    @property
    def event_counts(self) -> EventCounts:
        """How often what happened."""
        ...

    @property
    def schedules(self) -> Schedules:
        """Whose turn it is to do what is done from time to time."""
        ...

    @property
    def kept_replies(self) -> KeptReplies:
        """Answers to requests with an idempotency key."""
        ...

    @property
    def toggle_settings(self) -> ToggleSettings:
        """Which parts people have switched off."""
        ...

    @property
    def commit_packs(self) -> CommitPacks:
        """Commits for hosts that share no disk."""
        ...


class Store(Protocol):
    """Opens transactions. Safe to share between coroutines; other processes may use the same database."""

    def begin(self) -> AbstractAsyncContextManager[Session]:
        """Open a transaction that commits at the end of its block and rolls back when the block raises.

        Two blocks that overlap never lose an update of each other: a writer waits for the other, at most 30 s.

        Raises:
            DiskFull: On the way out; nothing was written.
        """
        ...
