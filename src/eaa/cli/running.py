"""Runs a command's coroutine to its end, or to the person's Ctrl-C."""

import gc
import sys
from collections.abc import Coroutine
from typing import Any

from eaa.cli.exit_codes import ExitCode

RESUMABLE = "interrupted; go on with `eaa resume`"
GOES_ON = "interrupted; the same command goes on, and what has ended is kept"
QUEUED = "interrupted; what is queued stays queued"
STOPPED = "interrupted; nothing is left to go on with"


def load_without_collecting() -> None:
    """Look for no garbage while a command loads; `run_async` begins with it. A command that runs nothing needs none."""
    # What is loaded stays: to look through it again and again finds nothing, and takes a sixth of the start.
    gc.disable()


def run_async(work: Coroutine[Any, Any, int], *, when_interrupted: str = STOPPED) -> int:
    """Return the exit code the work ends with.

    At the first Ctrl-C the work is cancelled and cleans up behind itself; a second one ends it where it stands.

    Raises:
        InvalidRequest: The settings cannot be used. The work was not begun.
        EaaError: What stopped the work.
    """
    import asyncio

    from eaa.kit.suspension import obey_between_writes

    try:
        obey_between_writes()
        _set_up_logs()
        _collect_from_now_on()
        return asyncio.run(_alive(work))
    except KeyboardInterrupt:
        print(when_interrupted, file=sys.stderr)  # noqa: T201
        return ExitCode.INTERRUPTED
    finally:
        work.close()


async def _alive(work: Coroutine[Any, Any, int]) -> int:
    from eaa.cli.signs_of_life import give_signs_of_life

    give_signs_of_life()
    return await work


def _collect_from_now_on() -> None:
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _set_up_logs() -> None:
    from eaa.cli.logs import write_logs
    from eaa.settings import load_settings

    settings = load_settings()
    write_logs(settings.log_format, has_prompts=settings.log_prompts)
