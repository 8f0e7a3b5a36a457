"""Ctrl-Z, put off while this process keeps others from writing: what it holds then, it would hold until `fg`."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Reentrant: a signal may be handled in the middle of what its own thread does here.
_lock = threading.RLock()
_writers = 0
_is_asked = False


def put_off() -> None:
    """Note that somebody begins to keep others from writing; `go_on` must follow."""
    global _writers
    with _lock:
        _writers += 1


def go_on() -> None:
    """Note that it is over; a Ctrl-Z that came meanwhile is obeyed now."""
    global _writers
    with _lock:
        _writers -= 1
        if _is_asked and _writers == 0:
            _suspend()


@contextmanager
def unsuspended() -> Iterator[None]:
    """Put Ctrl-Z off inside the block."""
    put_off()
    try:
        yield
    finally:
        go_on()


def obey_between_writes() -> None:
    """Obey Ctrl-Z as the shell expects it, a moment later where that is needed; a second Ctrl-Z does not wait."""
    if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
        signal.signal(signal.SIGTSTP, _ask)


def _ask(_: int, __: FrameType | None) -> None:
    global _is_asked
    with _lock:
        if _writers == 0 or _is_asked:
            _suspend()
        else:
            _is_asked = True


def _suspend() -> None:
    """Stop where this stands, with the lock held: no thread begins to write in between."""
    global _is_asked
    _is_asked = False
    os.kill(os.getpid(), signal.SIGSTOP)
