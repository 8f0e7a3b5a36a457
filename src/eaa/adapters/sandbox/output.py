"""Keeps the head and the tail of a stream of any length in bounded memory."""

from collections import deque

from eaa.domain.command import Output


class BoundedOutput:
    """Half of what is kept is the beginning, half the end; the middle is counted and dropped."""

    def __init__(self, limit_bytes: int) -> None:
        self.seen_bytes = 0
        self._head_limit = limit_bytes // 2
        self._tail_limit = limit_bytes - self._head_limit
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.seen_bytes += len(chunk)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if chunk and self._tail_limit:
            self._tail.append(chunk)
            self._tail_bytes += len(chunk)
            while self._tail_bytes - len(self._tail[0]) >= self._tail_limit:
                self._tail_bytes -= len(self._tail.popleft())

    def kept(self) -> Output:
        """Return what is kept and how much is missing between head and tail."""
        tail = b"".join(self._tail)[-self._tail_limit :] if self._tail_limit else b""
        omitted = self.seen_bytes - len(self._head) - len(tail)
        if omitted == 0:
            return Output(head=bytes(self._head) + tail)
        return Output(head=bytes(self._head), tail=tail, omitted_bytes=omitted)
