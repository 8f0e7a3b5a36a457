"""Watches one running command from its own thread: output, limits, the wish to stop, and the death of the whole tree.

A thread of its own keeps the limits even while the event loop is busy, and is the parent whose end ends the sandbox.
"""

import asyncio
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TypeVar

from eaa.adapters.sandbox.disk import DiskWatch
from eaa.adapters.sandbox.output import BoundedOutput
from eaa.domain.command import CommandEnd, Limits, Output

# A stream may print this many times what is kept of it before the command is ended.
_PRINTABLE_TIMES = 64
_CHUNK_BYTES = 1 << 16
_LONGEST_PAUSE_S = 0.1

Result = TypeVar("Result")


class ProcessTree(Protocol):
    """A started command with all its processes. Used by one thread."""

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The child of ours whose end is the end of the command; its output is piped."""
        ...

    def kill(self) -> None:
        """Kill every process of the tree. May be called again."""
        ...

    def wait(self) -> int:
        """Wait until every process of the tree is dead, and return the exit code in the way of a shell."""
        ...

    def is_out_of_memory(self) -> bool:
        """Return whether the whole tree uses too much memory and nothing else would end it. Asked often."""
        ...


class StopSignal:
    """Tells the watching thread from outside that the command is not wanted any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.descriptor, self._other_end = os.pipe()

    @property
    def is_set(self) -> bool:
        """Whether the end was asked for."""
        return self._other_end < 0

    def set(self) -> None:
        """Ask for the end; harmless when the command has ended."""
        with self._lock:
            if self._other_end >= 0:
                os.close(self._other_end)
                self._other_end = -1

    def close(self) -> None:
        """Give the descriptors back; the thread that watches has ended."""
        self.set()
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching a command until its whole tree was dead."""

    cut_off: CommandEnd | None
    """Why we ended it, or None when it ended by itself (or was stopped from outside)."""
    exit_code: int
    stdout: Output
    stderr: Output
    duration_s: float


def watch(tree: ProcessTree, *, root: Path, limits: Limits, stop: StopSignal) -> Watched:
    """Read the output and hold the limits until the command ends; end it when it passes one or `stop` is set."""
    started = time.monotonic()
    outputs = {_pipe(tree.process.stdout): BoundedOutput(limits.output_bytes)}
    outputs[_pipe(tree.process.stderr)] = BoundedOutput(limits.output_bytes)
    try:
        cut_off = _watch_until_end(tree, outputs, _Bounds(started, root, limits, tree), stop)
    finally:
        tree.kill()
        exit_code = tree.wait()
    for pipe, output in outputs.items():
        _drain(pipe, output, limits)
    stdout, stderr = (output.kept() for output in outputs.values())
    return Watched(cut_off, exit_code, stdout, stderr, time.monotonic() - started)


async def in_own_thread(work: Callable[[StopSignal], Result]) -> Result:
    """Run `work` in a fresh thread and return its result; when cancelled, stop it and wait until it has ended."""
    stop = StopSignal()
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work(stop))
        except BaseException as error:
            done.set_exception(error)

    thread = threading.Thread(target=run, name="eaa-sandbox", daemon=True)
    thread.start()
    waiting = asyncio.wrap_future(done)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        stop.set()
        while not waiting.done():
            # Cancelled again while it dies: it must be dead all the same before we leave.
            with suppress(asyncio.CancelledError):
                await asyncio.wait({waiting})
        waiting.exception()
        raise
    finally:
        # It has given its result, so this takes no time.
        thread.join()
        stop.close()


class _Bounds:
    """The limits that are checked from outside while a command runs."""

    def __init__(self, started: float, root: Path, limits: Limits, tree: ProcessTree) -> None:
        self._tree = tree
        self._deadline = started + limits.wall_s
        self._disk = DiskWatch(root, limit_bytes=limits.disk_bytes)
        self._printable_bytes = limits.output_bytes * _PRINTABLE_TIMES

    def pause_s(self) -> float:
        """Return how long one may sleep before looking again."""
        return max(0.0, min(self._deadline - time.monotonic(), _LONGEST_PAUSE_S))

    def passed(self, outputs: dict[IO[bytes], BoundedOutput]) -> CommandEnd | None:
        """Return the limit that the command passed, if any."""
        if time.monotonic() >= self._deadline:
            return CommandEnd.TIMED_OUT
        if any(output.seen_bytes > self._printable_bytes for output in outputs.values()):
            return CommandEnd.OUTPUT_EXCEEDED
        if self._disk.is_exceeded():
            return CommandEnd.DISK_EXCEEDED
        return CommandEnd.OUT_OF_MEMORY if self._tree.is_out_of_memory() else None


def _watch_until_end(
    tree: ProcessTree, outputs: dict[IO[bytes], BoundedOutput], bounds: _Bounds, stop: StopSignal
) -> CommandEnd | None:
    with selectors.DefaultSelector() as selector, _end_descriptor(tree.process) as ended:
        for pipe, output in outputs.items():
            selector.register(pipe, selectors.EVENT_READ, output)
        selector.register(stop.descriptor, selectors.EVENT_READ)
        if ended is not None:
            selector.register(ended, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(bounds.pause_s()):
                if key.data is None:
                    return None
                chunk = os.read(key.fd, _CHUNK_BYTES)
                key.data.add(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            if ended is None and tree.process.poll() is not None:
                return None
            if (passed := bounds.passed(outputs)) is not None:
                return passed


@contextmanager
def _end_descriptor(process: subprocess.Popen[bytes]) -> Iterator[int | None]:
    """Yield a descriptor that is readable when the process has ended, or None where the system has no such thing."""
    if sys.platform != "linux":
        yield None
        return
    descriptor = os.pidfd_open(process.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _drain(pipe: IO[bytes], output: BoundedOutput, limits: Limits) -> None:
    """Read what is left in the pipe. Everyone who wrote to it is dead, so it holds no more than a pipe does."""
    os.set_blocking(pipe.fileno(), False)
    with suppress(BlockingIOError):
        while output.seen_bytes <= limits.output_bytes * _PRINTABLE_TIMES + _CHUNK_BYTES and (
            chunk := os.read(pipe.fileno(), _CHUNK_BYTES)
        ):
            output.add(chunk)
    pipe.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None, "the tree was started with pipes"
    return stream
