"""Connections at one port: so many at a time, and whoever keeps us waiting longest makes room for who comes."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from eaa.kit.file_limits import share_of_files

MOST = 512
PATIENCE_S = 30.0
_PARTING_S = 1.0
"""The loop closes what is hung up on within a few turns; what it has not closed by then is no reason to wait."""
Caller = tuple[Any, ...]
"""The address of the other end: host and port come first."""


def most_connections() -> int:
    """Return how many connections a process takes: the other half of its files is for its database and its work."""
    return share_of_files(2, most=MOST)


def address_of(listener: socket.socket, scheme: str) -> str:
    """Return where a socket listens, such as `http://127.0.0.1:8420`."""
    host, port, *_ = listener.getsockname()
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@dataclass(slots=True, eq=False)
class _Connection:
    accepted: socket.socket
    waits_since_s: float
    """Since when it is the caller's turn, if it is."""
    answers: int = 0
    """That are made for the caller."""
    sends: int = 0
    """Parts of them that the caller is to take."""
    hung_up_s: float | None = None
    """When it was told to make room."""

    @property
    def is_closed(self) -> bool:
        return self.accepted.fileno() < 0

    @property
    def is_parting(self) -> bool:
        return self.hung_up_s is not None and time.monotonic() - self.hung_up_s < _PARTING_S

    @property
    def keeps_us_waiting(self) -> bool:
        return self.hung_up_s is None and (self.answers == 0 or self.sends > 0)

    def end(self, how: int) -> None:
        # Whoever serves the connection finds its end and closes it, in whatever state it is. A caller that has gone
        # has ended it already.
        with suppress(OSError):
            self.accepted.shutdown(how)


@dataclass(slots=True, kw_only=True)
class Connections:
    """Of one port. A request that is being answered keeps its connection, however long that takes.

    It is the caller's turn in all other cases: before a request's head is there, before the next request, and while an
    answer is not taken. When there is no room for who comes, the one who has taken longest over its turn is hung up on.
    """

    most: int = field(default_factory=most_connections)
    """At a time; for a moment a quarter more, which are hung up on already."""
    patience_s: float = PATIENCE_S
    """How long a request may take to begin, however many bytes come, before its connection is closed."""
    _open: dict[Caller, _Connection] = field(default_factory=dict, init=False)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[socket.socket]:
        """Yield a socket for the loop to serve, and watch over what comes in there until the end of the block.

        Raises:
            OSError: The port is taken, or may not be used.
        """
        listener = _Listener(self, socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.setblocking(False)  # noqa: FBT003 - its only argument
            watching = asyncio.create_task(self._watch(), name="connections")
            try:
                yield listener
            finally:
                watching.cancel()
        finally:
            listener.close()

    @contextmanager
    def answering(self, caller: Caller | None) -> Iterator[None]:
        """Keep a caller's connection inside the block: it is our turn. None: nobody knows who it was."""
        connection = self._of(caller)
        if connection is None:
            yield
            return
        connection.answers += 1
        try:
            yield
        finally:
            connection.answers -= 1
            connection.waits_since_s = time.monotonic()

    @contextmanager
    def sending(self, caller: Caller | None) -> Iterator[None]:
        """Wait inside the block until a caller takes a part of its answer: it is the caller's turn."""
        connection = self._of(caller)
        if connection is None:
            yield
            return
        connection.sends += 1
        connection.waits_since_s = time.monotonic()
        try:
            yield
        finally:
            connection.sends -= 1

    def may_come(self) -> bool:
        """Say whether there is a file left for who comes. Else the loop first has to close what was hung up on."""
        if len(self._open) < self.most:
            return True
        self._forget_closed()
        return self._parting() <= self.most // 4

    def take(self, accepted: socket.socket, caller: Caller) -> bool:
        """Note a new connection; return False when there is no room for it, and nobody to make some."""
        is_full = len(self._open) >= self.most and len(self._open) - self._parting() >= self.most
        if is_full and not self._make_room():
            return False
        self._open[caller[:2]] = _Connection(accepted, time.monotonic())
        return True

    def _of(self, caller: Caller | None) -> _Connection | None:
        return None if caller is None else self._open.get(caller[:2])

    def _make_room(self) -> bool:
        waiting = [one for one in self._open.values() if one.keeps_us_waiting]
        if not waiting:
            return False
        longest = min(waiting, key=lambda one: one.waits_since_s)
        longest.hung_up_s = time.monotonic()
        longest.end(socket.SHUT_RDWR)
        return True

    def _parting(self) -> int:
        return sum(one.is_parting for one in self._open.values())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.patience_s / 4)
            self._forget_closed()
            for one in self._open.values():
                if one.answers == 0 and time.monotonic() - one.waits_since_s >= self.patience_s:
                    # We listen no longer; what is left of an answer to a slow reader is sent.
                    one.end(socket.SHUT_RD)

    def _forget_closed(self) -> None:
        self._open = {caller: one for caller, one in self._open.items() if not one.is_closed}


class _Listener(socket.socket):
    """Lets the loop have only those callers for whom there is room; the others are closed at once."""

    def __init__(self, connections: Connections, family: int) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._connections = connections

    @override
    def accept(self) -> tuple[socket.socket, Any]:
        if not self._connections.may_come():
            # As if nobody were there: the loop comes again when it has done what else there is.
            raise BlockingIOError
        accepted, caller = super().accept()
        if self._connections.take(accepted, caller):
            return accepted, caller
        accepted.close()
        # No error to the loop, which goes on listening.
        raise ConnectionAbortedError
