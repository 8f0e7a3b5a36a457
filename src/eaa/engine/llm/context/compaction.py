"""A conversation that has grown too long, made short without touching its cached beginning.

The beginning (system text and brief, up to the last message with a `Text.ends_prefix`) and the newest messages stay
byte for byte; what lies between becomes one message that sums it up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from eaa.domain.completion import Image, Message, Reasoning, Speaker, Text, ToolCall, ToolResult
from eaa.kit.bounded import bound_bytes

Measure = Callable[[Sequence[Message]], int]
"""Tokens of messages."""
Summarise = Callable[[str], Awaitable[str]]
"""Sums up a transcript; may ask a model."""

SUMMARY_BYTES = 16 * 1024
TRANSCRIPT_BYTES = 256 * 1024
_RESULT_BYTES = 4 * 1024
_OPENING = "[What happened between the beginning and the messages below, summed up:]\n"


@dataclass(frozen=True, slots=True)
class Compaction:
    """A shorter conversation."""

    messages: tuple[Message, ...]
    replaced: int
    """How many messages became the summary; 0 when nothing had to be done or nothing could be."""


async def compact(
    messages: Sequence[Message], *, most_tokens: int, measure: Measure, summarise: Summarise
) -> Compaction:
    """Return the conversation with its middle summed up, so that it has at most `most_tokens` where that goes.

    A tool call and its result stay together. Beginning and newest exchange are never touched, so that a conversation
    whose beginning alone is too long stays too long: the caller sees it by measuring.
    """
    whole = tuple(messages)
    if measure(whole) <= most_tokens:
        return Compaction(whole, 0)
    start = prefix_length(whole)
    end = _newest_that_fit(whole, start, most_tokens, measure)
    if end - start < _WORTH_IT:
        return Compaction(whole, 0)
    summary = bound_bytes(await summarise(transcript(whole[start:end])), limit_bytes=SUMMARY_BYTES)
    middle = Message(Speaker.USER, (Text(_OPENING + summary),))
    return Compaction((*whole[:start], middle, *whole[end:]), end - start)


def prefix_length(messages: Sequence[Message]) -> int:
    """Return how many messages at the beginning are never rewritten: system messages, and all up to a prefix mark."""
    marked = [
        index + 1
        for index, message in enumerate(messages)
        if any(isinstance(part, Text) and part.ends_prefix for part in message.parts)
    ]
    leading = next((index for index, message in enumerate(messages) if message.speaker is not Speaker.SYSTEM), 0)
    first_request = leading + 1 if leading < len(messages) else leading
    return marked[0] if marked else first_request


def transcript(messages: Sequence[Message]) -> str:
    """Return messages as a text, results cut to their head and tail, the whole at most 256 KiB."""
    return bound_bytes("\n\n".join(map(_told, messages)), limit_bytes=TRANSCRIPT_BYTES)


def digest(transcript_text: str) -> str:
    """Sum up a transcript without a model: its head and tail. What stands in the middle is said to be left out."""
    return bound_bytes(transcript_text, limit_bytes=SUMMARY_BYTES // 2)


_WORTH_IT = 2
_KEPT_SHARE = 0.5
"""Of the room after the beginning, what goes to the newest messages; the rest is for the summary and what follows."""


def _newest_that_fit(messages: tuple[Message, ...], start: int, most_tokens: int, measure: Measure) -> int:
    """Return the index from which messages are kept: as many as fit into half of the room, whole exchanges only."""
    room = (most_tokens - measure(messages[:start])) * _KEPT_SHARE
    end = len(messages)
    for index in range(len(messages) - 1, start, -1):
        if measure(messages[index:]) > room and end < len(messages):
            break
        if _may_begin(messages[index]):
            end = index
        if measure(messages[index:]) > room:
            break
    return end if end < len(messages) else _last_beginning(messages, start)


def _last_beginning(messages: tuple[Message, ...], start: int) -> int:
    return next((index for index in range(len(messages) - 1, start, -1) if _may_begin(messages[index])), start)


def _may_begin(message: Message) -> bool:
    """Return whether the kept part may begin here: with the model's own turn, so that results have their calls."""
    return message.speaker is Speaker.ASSISTANT


def _told(message: Message) -> str:
    return f"{message.speaker}: " + "\n".join(filter(None, map(_part_told, message.parts)))


def _part_told(part: object) -> str:
    match part:
        case Text():
            return part.text
        case ToolCall():
            return f"[calls {part.name} {bound_bytes(part.arguments_json, limit_bytes=_RESULT_BYTES)}]"
        case ToolResult():
            word = "error" if part.is_error else "result"
            return f"[{word} of {part.name}]\n{bound_bytes(part.text, limit_bytes=_RESULT_BYTES)}"
        case Image():
            return "[a picture]"
        case Reasoning():
            return ""
        case _:
            return ""
