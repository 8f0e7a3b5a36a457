"""`eaa resume RUN` in the background, in a session of its own."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from eaa.domain.errors import DiskFull
from eaa.domain.ids import RunId
from eaa.kit.private_files import make_private_folder
from eaa.ports.run_processes import RunProcesses

WORDS_FILE = "last-words.json"
"""In a run's folder: what its process prints on stdout, one JSON object at its end."""
LOG_FILE = "process.log"
"""Beside it: its stderr."""
_LARGEST_WORDS_BYTES = 16 * 1024 * 1024


class BackgroundRuns(RunProcesses):
    """Leaves every process to itself; nothing of it is held open here."""

    def __init__(self, *, home: Path, command: Sequence[str] = (sys.executable, "-m", "eaa")) -> None:
        """Start processes with this environment and in this folder, as a person in this place would.

        Args:
            home: EAA_HOME.
            command: The words before `resume`.
        """
        self._home = home
        self._command = tuple(command)
        self._children: dict[int, RunId] = {}
        """By process id: which run each works on."""

    @override
    async def start(self, run_id: RunId, *, budget_usd: float | None) -> None:
        budget = () if budget_usd is None else ("--budget-usd", f"{budget_usd:g}")
        argv = (*self._command, "resume", run_id, *budget, "--json")
        await asyncio.to_thread(self._start, run_id, argv)

    @override
    async def has_started(self, run_id: RunId) -> bool:
        self._reap()
        return run_id in self._children.values()

    @override
    async def last_words(self, run_id: RunId) -> bytes | None:
        return await asyncio.to_thread(self._read, run_id)

    def _start(self, run_id: RunId, argv: tuple[str, ...]) -> None:
        self._reap()
        folder = self._home / "runs" / run_id
        try:
            make_private_folder(folder)
            # What an earlier process said is not what this one says.
            (folder / WORDS_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise DiskFull(path=str(folder)) from error
        fresh, more = os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_APPEND
        # Not `subprocess`: it would end or await the process, which is meant to outlive this one.
        pid = os.posix_spawn(
            argv[0],
            argv,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(folder / WORDS_FILE), fresh, 0o600),
                (os.POSIX_SPAWN_OPEN, 2, str(folder / LOG_FILE), more, 0o600),
            ],
            setsid=True,
        )
        self._children[pid] = run_id

    def _read(self, run_id: RunId) -> bytes | None:
        self._reap()
        with suppress(OSError), (self._home / "runs" / run_id / WORDS_FILE).open("rb") as file:
            return file.read(_LARGEST_WORDS_BYTES) or None
        return None

    def _reap(self) -> None:
        """Take leave of children that have ended, so that none stays a zombie while this process lives."""
        for pid in tuple(self._children):
            with suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            del self._children[pid]
