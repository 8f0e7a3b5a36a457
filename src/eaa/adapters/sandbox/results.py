"""Turns what was seen of a command into how it ended."""

import signal

from eaa.adapters.sandbox.supervision import Watched
from eaa.domain.command import CommandEnd, CommandResult

_NOT_FOUND = 127
# Shells and bubblewrap tell a signal's death as 128 + its number.
_SIGNAL_BASE = 128
_DEADLY = {
    _SIGNAL_BASE + number
    for number in (
        signal.SIGKILL,
        signal.SIGTERM,
        signal.SIGSEGV,
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGSYS,
        signal.SIGTRAP,
        signal.SIGXFSZ,
    )
}


def command_result(
    watched: Watched,
    *,
    has_program: bool = True,
    ran_out_of_memory: bool = False,
    peak_memory_bytes: int | None = None,
    was_refused_processes: bool = False,
) -> CommandResult:
    """Return the result of a watched command; without a program it exited with 127, as in a shell."""
    end = _end(watched, ran_out_of_memory=ran_out_of_memory)
    exit_code = watched.exit_code if has_program else _NOT_FOUND
    return CommandResult(
        end=end,
        exit_code=exit_code if end is CommandEnd.EXITED else None,
        stdout=watched.stdout,
        stderr=watched.stderr,
        duration_s=watched.duration_s,
        peak_memory_bytes=peak_memory_bytes,
        was_refused_processes=was_refused_processes,
    )


def _end(watched: Watched, *, ran_out_of_memory: bool) -> CommandEnd:
    if watched.cut_off is not None:
        return watched.cut_off
    if watched.exit_code != 0 and ran_out_of_memory:
        return CommandEnd.OUT_OF_MEMORY
    if watched.exit_code == _SIGNAL_BASE + signal.SIGXCPU:
        return CommandEnd.TIMED_OUT
    return CommandEnd.KILLED if watched.exit_code in _DEADLY else CommandEnd.EXITED
