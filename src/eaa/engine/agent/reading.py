"""What a transcript says so far. Kept up entry by entry, so that a long conversation costs no more a step."""

from dataclasses import dataclass, field

from eaa.domain.ids import CommitId
from eaa.domain.transcript import Entry, Interrupted, Noted, Opened, Replied, Told, ToolEnded, ToolStarted
from eaa.engine.agent.history import History
from eaa.engine.agent.limits import Usage
from eaa.engine.agent.repetition import Watch


@dataclass(slots=True)
class Reading:
    """Everything that follows from a transcript; reading it again from the start says the same."""

    noted: list[Noted] = field(default_factory=list)
    opened: Opened | None = None
    reply: Replied | None = None
    """The model's last answer."""
    since: list[Entry] = field(default_factory=list)
    """What came after it; everything when there is none."""
    tree: CommitId | None = None
    """What the workspace was stored as last."""
    keys: set[str] = field(default_factory=set)
    """Of words that were said."""
    has_run_commands: bool = False
    history: History = field(default_factory=History)
    usage: Usage = field(default_factory=Usage)
    watch: Watch = field(default_factory=Watch)

    @property
    def last(self) -> Entry | None:
        """The newest entry."""
        return self.noted[-1].entry if self.noted else None

    @property
    def answered(self) -> set[int]:
        """Which calls of the last answer are answered."""
        return {entry.index for entry in self.since if isinstance(entry, ToolEnded | Interrupted)}

    def begun(self) -> Opened:
        """Return how it began; only for a transcript that has."""
        assert self.opened is not None
        return self.opened

    def add(self, one: Noted) -> None:
        """Take in the next entry."""
        self.noted.append(one)
        self.history.add(one)
        self.usage.add(one)
        self.watch.see(one.entry)
        self.since.append(one.entry)
        match one.entry:
            case Opened():
                self.opened, self.tree = one.entry, one.entry.start
            case Replied():
                self.reply, self.since = one.entry, []
            case ToolStarted():
                self.has_run_commands = True
            case ToolEnded():
                self.tree = one.entry.tree or self.tree
            case Told():
                self.keys.add(one.entry.key)
                self.tree = one.entry.by_hand.tree if one.entry.by_hand is not None else self.tree
            case _:
                pass
