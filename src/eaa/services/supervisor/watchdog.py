"""Watches over one process by its signs of life, in the words of systemd: `WATCHDOG=1` on the socket NOTIFY_SOCKET."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_S = 30.0
"""A process that gives no sign for so long is taken to do nothing more."""
_LOOKS = 3
"""Of how many looks the patience consists: after a machine has slept, one finds nothing and the next one does."""
_SIGN = b"WATCHDOG=1"
_LONGEST_SIGN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Of a process whose environment has `variables`. Source: systemd, sd_notify(3), sd_watchdog_enabled(3)."""

    listener: socket.socket
    patience_s: float
    _signed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def variables(self) -> Mapping[str, str]:
        """What tells the process where and how often to give signs."""
        return {"NOTIFY_SOCKET": self.listener.getsockname(), "WATCHDOG_USEC": str(int(self.patience_s * 1_000_000))}

    async def until_silent(self) -> None:
        """Return when the process has given no sign for `patience_s`; before the first one it may take its time."""
        missed = 0
        await self._signed.wait()
        while missed < _LOOKS:
            self._signed.clear()
            await asyncio.sleep(self.patience_s / _LOOKS)
            missed = 0 if self._signed.is_set() else missed + 1

    def hear(self) -> None:
        """Take what the process has said."""
        with suppress(BlockingIOError):
            if _SIGN in self.listener.recv(_LONGEST_SIGN_BYTES).splitlines():
                self._signed.set()


@contextmanager
def watchdog(patience_s: float) -> Iterator[Watchdog]:
    """Listen inside the block, where nobody but the owner of this process can speak; needs a running loop."""
    loop = asyncio.get_running_loop()
    with (
        tempfile.TemporaryDirectory(prefix="eaa-watchdog-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
    ):
        listener.setblocking(False)  # noqa: FBT003 - its only argument
        listener.bind(str(Path(folder) / "notify"))
        watching = Watchdog(listener, patience_s)
        loop.add_reader(listener, watching.hear)
        try:
            yield watching
        finally:
            loop.remove_reader(listener)
