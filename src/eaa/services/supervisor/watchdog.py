"""Watches over one process by its signs of life, which come over a socket that only this process inherits."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE_S = 30.0
"""A process that gives no sign for so long is taken to do nothing more."""
START_S = 120.0
"""How long its first sign may take."""
_LOOKS = 3
"""Of how many looks the patience consists: after a machine has slept, one finds nothing and the next one does."""
_LONGEST_SIGN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Of a process that inherits `speaker`, and whose environment has `variables`."""

    listener: socket.socket
    speaker: socket.socket
    patience_s: float
    start_s: float
    _signed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def variables(self) -> Mapping[str, str]:
        """What tells the process where and how often to give signs."""
        return {
            "EAA_WATCHDOG_FD": str(self.speaker.fileno()),
            "WATCHDOG_USEC": str(int(self.patience_s * 1_000_000)),
        }

    async def until_silent(self) -> float:
        """Return when the process has given no sign for too long; return for how many seconds."""
        if not await self._has_signed_within(self.start_s):
            return self.start_s
        missed = 0
        while missed < _LOOKS:
            missed = 0 if await self._has_signed_within(self.patience_s / _LOOKS) else missed + 1
        return self.patience_s

    def hear(self) -> None:
        """Take what the process has said."""
        with suppress(OSError):
            self.listener.recv(_LONGEST_SIGN_BYTES)
            self._signed.set()

    async def _has_signed_within(self, seconds: float) -> bool:
        self._signed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._signed.wait()
        return self._signed.is_set()


@contextmanager
def watchdog(patience_s: float, *, start_s: float = START_S) -> Iterator[Watchdog]:
    """Listen inside the block; needs a running loop."""
    loop = asyncio.get_running_loop()
    listener, speaker = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with listener, speaker:
        listener.setblocking(False)  # noqa: FBT003 - its only argument
        watching = Watchdog(listener, speaker, patience_s, start_s)
        loop.add_reader(listener, watching.hear)
        try:
            yield watching
        finally:
            loop.remove_reader(listener)
