"""What happened in one conversation of a run with a model, entry by entry. Nothing is ever changed or taken back.

Everything else follows from it: what is sent to the model next, what is left to do after a kill, what is replayed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.completion import Completion, ToolSpec
from eaa.domain.ids import BlobId, CommitId, OrganisationId, RunId
from eaa.domain.origin import Origin


class Voice(StrEnum):
    """Who says something to the model besides its tools."""

    PERSON = "person"
    NUDGE = "nudge"
    """The loop, when the model does not get on."""
    SYSTEM = "system"
    """The run: a bug report after a failed verification and the like."""


class EndReason(StrEnum):
    """Why a loop ended. Each end can be followed by something told, and the work goes on."""

    SUBMITTED = "submitted"
    ASKED = "asked"
    """A question for a person stands open."""
    STUCK = "stuck"
    LIMIT = "limit"
    STOPPED = "stopped"
    """By a person."""
    FAULT = "fault"
    """No model answered, or it declined."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The beginning, which stays the same from call to call."""

    system: str
    brief: str
    """The facts, the same bytes for every role."""
    instruction: str
    """What this role shall do; it comes last."""
    tools: tuple[ToolSpec, ...]
    start: CommitId
    """What the workspace held in the beginning."""
    prompt_sha256: str | None = None
    model: str | None = None
    """The model asked for; None leaves it to the rules."""
    versions: tuple[tuple[str, str], ...] = ()
    """(part, version) of what made this transcript."""


@dataclass(frozen=True, slots=True)
class Replied:
    """The model answered."""

    completion: Completion
    model: str
    cost_microusd: int | None
    """None: nobody knows the price."""
    seconds: float = 0.0
    is_estimated: bool = False
    """The provider counted no tokens; those of the answer are our estimate."""


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A command is about to run. Without a `ToolEnded` after it, nobody knows how far it got.

    Tools that can simply be called again write none.
    """

    index: int
    """Which call of the last answer, from 0."""
    call_id: str
    tool: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The loop is over."""

    why: EndReason
    detail: str
    """The model's summary, its question, which limit, or what went wrong."""
    options: tuple[str, ...] = ()
    """Of a question."""


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """A tool answered one call of the last answer."""

    index: int
    call_id: str
    tool: str
    text: str
    """What the model is shown."""
    is_error: bool = False
    exit_code: int | None = None
    """Of a command; None where there was none, or where it was ended from outside."""
    output: BlobId | None = None
    """The whole output, where the model is shown less."""
    tree: CommitId | None = None
    """What the workspace was stored as, when it had changed."""
    ends: Ended | None = None
    """Set by the tools with which a model ends its work."""
    origin: Origin | None = None
    """Of the text, where a tool outside of the sandbox said it."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The process of a started tool ended; its changes were undone, and it answers its call with these words."""

    index: int
    call_id: str
    tool: str
    text: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person made of the workspace, in place of what it held."""

    context: str
    """The conversation whose workspace it is; no other one hears of it."""
    tree: CommitId
    paths: tuple[str, ...] = ()
    """The files that the person changed, bounded."""
    is_done: bool = False
    """Whether the conversation ends with it, as if the model had submitted."""


@dataclass(frozen=True, slots=True)
class Told:
    """Words for the model."""

    who: Voice
    text: str
    key: str = ""
    """Names words that come from outside, so that they are said once; empty for the loop's own."""
    is_about_repetition: bool = False
    """The model was told that it goes round in circles."""
    by_hand: ByHand | None = None
    """Set when a person gives the workspace back."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A new process goes on."""

    text: str
    """What the model is told of it; empty for nothing."""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compacted:
    """From here on the model sees these words in place of what was said between the beginning and `kept_from`."""

    summary: str
    kept_from: int
    """Sequence of the first entry after the beginning that is still shown as it is."""


Entry: TypeAlias = Opened | Replied | ToolStarted | ToolEnded | Interrupted | Told | Resumed | Compacted | Ended


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry in its place."""

    sequence: int
    """From 1."""
    at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """An entry as it is stored. Unique by (run, context, sequence)."""

    organisation_id: OrganisationId
    run_id: RunId
    context: str
    """Which conversation of the run, such as `author`."""
    sequence: int
    kind: str
    """Which entry it is, in lower case: `opened`, `tool ended`, …"""
    content: bytes
    """JSON, at most INLINE_LIMIT_BYTES; empty when `content_blob` is set."""
    content_blob: BlobId | None
    created_at: datetime

    def __post_init__(self) -> None:
        if len(self.content) > INLINE_LIMIT_BYTES:
            raise ValueError("an entry's inline content is larger than a row may hold")
