"""Knocks between the processes of one machine: a file that grows, looked at while somebody listens.

The file holds one topic a line. Nobody needs it but those who listen now, so it begins anew when it has grown.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from typing_extensions import override

from eaa.kit.knocks import Knocks
from eaa.kit.private_files import make_private_folder
from eaa.ports.signals import Listening, Signals

LOOK_S = 0.1
"""Between two looks at the file; each is one `stat`."""
LARGEST_BYTES = 256 * 1024


class FileSignals(Signals):
    """Reaches whoever listens on the same folder; in this process at once."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "signals"
        self._knocks = Knocks()
        self._watching: asyncio.Task[None] | None = None
        self._position = 0
        self._inode = 0

    @override
    async def ring(self, *topics: str) -> None:
        self._knocks.ring(topics)
        # A signal that cannot be written is lost; whoever waits looks by itself before long.
        with suppress(OSError):
            self._write("".join(f"{topic}\n" for topic in topics).encode())

    @override
    def listen(self, *topics: str) -> AbstractAsyncContextManager[Listening]:
        return self._listen(topics)

    @asynccontextmanager
    async def _listen(self, topics: Collection[str]) -> AsyncIterator[Listening]:
        with self._knocks.hearing(topics) as hearing:
            if self._watching is None:
                self._go_to_end()
                self._watching = asyncio.create_task(self._watch(), name="signals")
            try:
                yield hearing
            finally:
                self._leave()

    def _leave(self) -> None:
        # The block's own hearing is still in.
        if self._watching is not None and self._knocks.listeners <= 1:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            with suppress(OSError):
                self._read()

    def _write(self, lines: bytes) -> None:
        make_private_folder(self._file.parent)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, lines)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if size > LARGEST_BYTES:
            # Readers see another file and take that for a ring of everything.
            self._file.unlink(missing_ok=True)

    def _read(self) -> None:
        try:
            told = self._file.stat()
        except FileNotFoundError:
            return
        if self._inode == 0:
            # The first that was ever rung: all of it is new.
            self._inode = told.st_ino
        if told.st_ino != self._inode or told.st_size < self._position:
            self._inode, self._position = told.st_ino, told.st_size
            self._knocks.ring_all()
            return
        if told.st_size == self._position:
            return
        with self._file.open("rb") as file:
            file.seek(self._position)
            lines = file.read(told.st_size - self._position)
        self._position = told.st_size
        self._knocks.ring([line.decode(errors="replace") for line in lines.splitlines()])

    def _go_to_end(self) -> None:
        try:
            told = self._file.stat()
        except OSError:
            self._inode, self._position = 0, 0
        else:
            self._inode, self._position = told.st_ino, told.st_size
