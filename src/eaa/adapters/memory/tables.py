"""What the memory store keeps."""

from dataclasses import dataclass, field
from datetime import datetime

from eaa.adapters.memory.event_counts import Key
from eaa.adapters.memory.event_readers import ReaderTables
from eaa.domain.commit_pack import CommitPack
from eaa.domain.directive import Directive
from eaa.domain.effect import Effect
from eaa.domain.event import Event
from eaa.domain.ids import CommitId, EffectId, EventId, OrganisationId, RepositoryId, RunId, TaskId
from eaa.domain.kept_reply import KeptReply
from eaa.domain.run import Run
from eaa.domain.step import StepRecord
from eaa.domain.task import Task
from eaa.domain.toggle import ToggleSetting
from eaa.domain.transcript import TranscriptRow


@dataclass(slots=True)
class Tables:
    """Dictionaries in the order of insertion. Their values are frozen, so that a shallow copy is a snapshot."""

    tasks: dict[TaskId, Task] = field(default_factory=dict)
    runs: dict[RunId, Run] = field(default_factory=dict)
    steps: dict[tuple[RunId, int], StepRecord] = field(default_factory=dict)
    transcripts: dict[tuple[RunId, str, int], TranscriptRow] = field(default_factory=dict)
    directives: dict[tuple[RunId, int], Directive] = field(default_factory=dict)
    effects: dict[EffectId, Effect] = field(default_factory=dict)
    events: dict[EventId, Event] = field(default_factory=dict)
    readers: ReaderTables = field(default_factory=ReaderTables)
    event_counts: dict[Key, int] = field(default_factory=dict)
    turns: dict[str, datetime] = field(default_factory=dict)
    kept_replies: dict[tuple[OrganisationId, str], KeptReply] = field(default_factory=dict)
    toggle_settings: dict[tuple[str, str], ToggleSetting] = field(default_factory=dict)
    commit_packs: dict[tuple[RepositoryId, CommitId, str], CommitPack] = field(default_factory=dict)

    def copy(self) -> "Tables":
        """Return tables whose later changes leave these alone."""
        return Tables(
            tasks=dict(self.tasks),
            runs=dict(self.runs),
            steps=dict(self.steps),
            transcripts=dict(self.transcripts),
            directives=dict(self.directives),
            effects=dict(self.effects),
            events=dict(self.events),
            readers=self.readers.copy(),
            event_counts=dict(self.event_counts),
            turns=dict(self.turns),
            kept_replies=dict(self.kept_replies),
            toggle_settings=dict(self.toggle_settings),
            commit_packs=dict(self.commit_packs),
        )
