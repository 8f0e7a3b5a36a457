"""Watches over one process by its signs of life, in the words of systemd: `WATCHDOG=1` on the socket NOTIFY_SOCKET."""

import asyncio
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE_S = 30.0
"""A process that gives no sign for so long is taken to do nothing more."""
_LOOKS = 3
"""Of how many looks the patience consists: after a machine has slept, one finds nothing and the next one does."""
_SIGN = b"WATCHDOG=1"
_LONGEST_SIGN_BYTES = 4096
_CREDENTIALS = struct.Struct("3i")
"""Of who sent it: process, user, group. Source: Linux, unix(7), SCM_CREDENTIALS."""


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Of a process whose environment has `variables`. Source: systemd, sd_notify(3), sd_watchdog_enabled(3)."""

    listener: socket.socket
    patience_s: float
    _signed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def variables(self) -> Mapping[str, str]:
        """What tells the process where and how often to give signs."""
        address = self.listener.getsockname().decode().replace("\0", "@")
        return {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(int(self.patience_s * 1_000_000))}

    async def until_silent(self) -> None:
        """Return when the process has given no sign for `patience_s`; before the first one it may take its time."""
        missed = 0
        await self._signed.wait()
        while missed < _LOOKS:
            self._signed.clear()
            await asyncio.sleep(self.patience_s / _LOOKS)
            missed = 0 if self._signed.is_set() else missed + 1

    def hear(self) -> None:
        """Take what was said; only what this user's processes say counts."""
        with suppress(BlockingIOError):
            said, about, *_ = self.listener.recvmsg(_LONGEST_SIGN_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size))
            users = {_CREDENTIALS.unpack(data)[1] for _, kind, data in about if kind == socket.SCM_CREDENTIALS}
            if users == {os.geteuid()} and _SIGN in said.splitlines():
                self._signed.set()


@contextmanager
def watchdog(patience_s: float) -> Iterator[Watchdog]:
    """Listen inside the block, on an address that no file stands for; needs a running loop."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.setblocking(False)  # noqa: FBT003 - its only argument
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        # The kernel gives it a free abstract address.
        listener.bind("")
        watching = Watchdog(listener, patience_s)
        loop.add_reader(listener, watching.hear)
        try:
            yield watching
        finally:
            loop.remove_reader(listener)
