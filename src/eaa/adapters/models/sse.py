"""Server-sent events out of bytes that may be cut anywhere.

Source: WHATWG HTML, "Server-sent events", checked 2026-01.
"""

from typing import Final, NamedTuple

from eaa.domain.model_errors import AnswerMalformed

LONGEST_EVENT_BYTES: Final = 8 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseEvent(NamedTuple):
    """One event. A named tuple and no dataclass because one is made for each streamed token."""

    name: str
    """Its type; empty when the stream names none."""
    data: bytes
    """Its data lines joined by a line feed, never decoded here: a piece may end inside a character."""


class SseSplitter:
    """Splits one stream. Lines may end in CR, LF or both; comments and unknown fields are passed over."""

    def __init__(self) -> None:
        self._unfinished: list[bytes] = []
        """Pieces of a line whose end has not come."""
        self._data: list[bytes] = []
        self._name = ""
        self._size_bytes = 0
        """Of the event that is being gathered."""
        self._is_after_carriage_return = False
        self._is_at_start = True

    def feed(self, piece: bytes) -> list[SseEvent]:
        """Return the events that this piece completes, in order.

        Raises:
            AnswerMalformed: An event is longer than `LONGEST_EVENT_BYTES`.
        """
        if b"\r" in piece or self._is_after_carriage_return:
            piece = self._with_line_feeds(piece)
        if b"\n" not in piece:
            self._grow(len(piece))
            self._unfinished.append(piece)
            return []
        if self._unfinished:
            self._unfinished.append(piece)
            piece = b"".join(self._unfinished)
            self._unfinished.clear()
        lines = piece.split(b"\n")
        rest = lines.pop()
        events = self._take(lines)
        if rest:
            self._grow(len(rest))
            self._unfinished.append(rest)
        return events

    def end(self) -> list[SseEvent]:
        """Return the event that lacks nothing but its empty line. A line without an end was cut and is dropped."""
        return self._take([b""])

    def _take(self, lines: list[bytes]) -> list[SseEvent]:
        """Return the events that these whole lines complete."""
        events: list[SseEvent] = []
        if self._is_at_start:
            self._is_at_start = False
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        data = self._data
        for line in lines:
            if not line:
                if data:
                    events.append(SseEvent(self._name, data[0] if len(data) == 1 else b"\n".join(data)))
                    data.clear()
                self._name = ""
                self._size_bytes = 0
            elif line.startswith(b"data: "):
                self._grow(len(line))
                data.append(line[6:])
            else:
                self._take_field(line)
        return events

    def _take_field(self, line: bytes) -> None:
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._grow(len(line))
            self._data.append(value)
        elif field == b"event":
            self._name = value.decode(errors="replace")

    def _grow(self, size_bytes: int) -> None:
        self._size_bytes += size_bytes
        if self._size_bytes > LONGEST_EVENT_BYTES:
            raise AnswerMalformed(f"an event of the stream is longer than {LONGEST_EVENT_BYTES >> 20} MiB")

    def _with_line_feeds(self, piece: bytes) -> bytes:
        """Return the piece with every line end as a line feed; CR and LF may come in two pieces."""
        if not piece:
            return piece
        is_second_half = self._is_after_carriage_return and piece.startswith(b"\n")
        whole = piece[1:] if is_second_half else piece
        self._is_after_carriage_return = piece.endswith(b"\r")
        return whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
