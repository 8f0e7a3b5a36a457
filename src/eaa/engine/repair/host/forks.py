"""Children that report over a pipe, and are killed when they fall silent."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import select
import signal
import struct
import time
from typing import Any, Callable, Iterator, List, Tuple

Send = Callable[[Any], None]
_HEADER = struct.Struct("<I")
_FILE_BYTES = 16 << 20


class Child:
    """A forked process that runs `work(send)` and ends."""

    def __init__(self, work: Callable[[Send], None], *, memory_bytes: int = 0, others: Tuple[int, ...] = ()) -> None:
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            _live(work, writer, memory_bytes, others)
        os.close(writer)
        self.descriptor = reader
        self.heard_at = time.monotonic()
        self._buffer = b""

    def receive(self) -> Tuple[List[Any], bool]:
        """Return the messages that came with one read, and whether the child has closed its end."""
        data = os.read(self.descriptor, 1 << 16)
        if not data:
            return [], True
        self.heard_at = time.monotonic()
        self._buffer += data
        messages = []
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack(self._buffer[: _HEADER.size])
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            messages.append(pickle.loads(self._buffer[_HEADER.size : end]))
            self._buffer = self._buffer[end:]
        return messages, False

    def kill(self) -> None:
        """End the child and its own children."""
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left and forget the child."""
        self.kill()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.descriptor)

    def messages(self, *, silence_s: float, until: float = float("inf")) -> Iterator[Any]:
        """Yield everything the child says; it is killed after `silence_s`, or at the monotonic time `until`."""
        try:
            while True:
                patience = min(silence_s, until - time.monotonic())
                ready, _, _ = select.select([self.descriptor], [], [], max(0.0, patience))
                if not ready:
                    return
                found, is_over = self.receive()
                yield from found
                if is_over:
                    return
        finally:
            self.close()


def _live(work: Callable[[Send], None], writer: int, memory_bytes: int, others: Tuple[int, ...]) -> None:
    """Be the child; never returns."""
    try:
        os.setpgid(0, 0)
        for descriptor in others:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        _quiet(memory_bytes)
        gc.disable()
        work(lambda message: _send(writer, message))
    except BaseException as error:
        with contextlib.suppress(BaseException):
            _send(writer, ("crash", repr(error)[:500]))
    os._exit(0)


def _send(writer: int, message: Any) -> None:
    data = pickle.dumps(message)
    view = memoryview(_HEADER.pack(len(data)) + data)
    while view:
        view = view[os.write(writer, view) :]


def _quiet(memory_bytes: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
        if memory_bytes:
            most = memory_bytes + _mapped_bytes()
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _mapped_bytes() -> int:
    """Return how much address space is in use already; some libraries reserve a lot of it."""
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
    return 0
