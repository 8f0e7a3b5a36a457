"""What becomes of a stream whose model stalls or is cut: begun anew, continued, or ended with an error.

Before the first word nothing is lost: another model simply begins. After it, the words are with the caller already.
"""

from dataclasses import dataclass, field, replace

from eaa.domain.ask import Ask
from eaa.domain.completion import (
    CompletionEvent,
    Message,
    ReasoningDelta,
    Speaker,
    Text,
    TextDelta,
    ToolCallDelta,
)

OVERLAP_CHARACTERS = 240
"""So much of a continuation is compared with the end of what was said, since models like to repeat a little."""
GO_ON = (
    "Your answer above was cut off by a broken connection. Go on exactly where it stops, in the middle of a word or a "
    "line if need be. Repeat nothing, and say nothing about the interruption."
)


@dataclass(slots=True)
class Said:
    """What a caller has been given so far."""

    has_more_than_text: bool = False
    """Thoughts or tool calls, which nobody can go on with."""
    is_started: bool = False
    _pieces: list[str] = field(default_factory=list)
    """Joined only when somebody has to go on: adding to a long text for each token would copy it each time."""

    @property
    def text(self) -> str:
        """All words so far."""
        return "".join(self._pieces)

    @property
    def is_anything(self) -> bool:
        """Whether the caller holds words that another model does not know of."""
        return bool(self._pieces) or self.has_more_than_text

    def say(self, text: str) -> None:
        """Take in words that go to the caller."""
        if text:
            self._pieces.append(text)

    def take_back(self) -> None:
        """Begin anew: what was said is void, and so is who began it."""
        self.is_started = False
        self._pieces.clear()
        self.has_more_than_text = False

    def note(self, event: CompletionEvent) -> None:
        """Take in an event that goes to the caller."""
        match event:
            case TextDelta():
                self.say(event.text)
            case ReasoningDelta() | ToolCallDelta():
                self.has_more_than_text = True
            case _:
                pass


def can_continue(ask: Ask, said: Said) -> bool:
    """Return whether another model can go on with an answer."""
    return not said.has_more_than_text and ask.request.answer_schema_json is None


def continued(ask: Ask, said: Said) -> Ask:
    """Return the ask that makes a model go on with what was said."""
    so_far = (
        Message(Speaker.ASSISTANT, (Text(said.text),)),
        Message(Speaker.USER, (Text(GO_ON),)),
    )
    return replace(ask, request=replace(ask.request, messages=ask.request.messages + so_far))


@dataclass(slots=True)
class Seam:
    """Joins a continuation to what was said: a beginning that repeats the end is left away."""

    said: str
    _held: str = ""
    _is_joined: bool = field(default=False)

    def pass_on(self, text: str) -> str:
        """Return what of this piece, and of those held back, may go to the caller."""
        if self._is_joined:
            return text
        self._held += text
        return self.rest() if len(self._held) >= OVERLAP_CHARACTERS else ""

    def rest(self) -> str:
        """Return what is held back, joined."""
        self._is_joined = True
        held, self._held = self._held, ""
        longest = min(len(held), len(self.said), OVERLAP_CHARACTERS)
        for length in range(longest, _SHORTEST_REPEAT - 1, -1):
            if self.said.endswith(held[:length]):
                return held[length:]
        return held


_SHORTEST_REPEAT = 12
"""Shorter repeats happen by chance and are kept."""
