"""Entries of a transcript as JSON and back."""

from collections.abc import Mapping

import msgspec

from eaa.domain.completion_record import completion_of_record, record_of_completion
from eaa.domain.transcript import (
    Compacted,
    Ended,
    Entry,
    Interrupted,
    Opened,
    Replied,
    Resumed,
    Told,
    ToolEnded,
    ToolStarted,
)
from eaa.engine.codec import decode, encode

KINDS: Mapping[str, type[Entry]] = {
    "opened": Opened,
    "replied": Replied,
    "tool started": ToolStarted,
    "tool ended": ToolEnded,
    "interrupted": Interrupted,
    "told": Told,
    "resumed": Resumed,
    "compacted": Compacted,
    "ended": Ended,
}
"""What stored entries are called."""
_NAMES = {kind: name for name, kind in KINDS.items()}


class _Reply(msgspec.Struct, frozen=True):
    """`Replied` with its answer as the text that `record_of_completion` writes: its parts are of several kinds."""

    completion: str
    model: str
    cost_microusd: int | None
    seconds: float
    is_estimated: bool


def kind_of(entry: Entry) -> str:
    """Return what an entry is called."""
    return _NAMES[type(entry)]


def encode_entry(entry: Entry) -> bytes:
    """Return an entry as JSON."""
    if not isinstance(entry, Replied):
        return encode(entry)
    answer = record_of_completion(entry.completion).decode()
    return encode(_Reply(answer, entry.model, entry.cost_microusd, entry.seconds, entry.is_estimated))


def decode_entry(kind: str, content: bytes) -> Entry:
    """Return the entry that `encode_entry` wrote.

    Raises:
        ValueError: No entry is called so, or the JSON is none.
    """
    wanted = KINDS.get(kind)
    if wanted is None:
        raise ValueError(f"no entry of a transcript is called {kind!r}")
    if wanted is not Replied:
        entry: Entry = decode(content, wanted)
        return entry
    reply = decode(content, _Reply)
    return Replied(
        completion=completion_of_record(reply.completion.encode()),
        model=reply.model,
        cost_microusd=reply.cost_microusd,
        seconds=reply.seconds,
        is_estimated=reply.is_estimated,
    )
