"""Keeps processes running: back-off after a fall, an end to those that freeze, an orderly end, and one log for all.

Every child holds the reading end of a pipe as its standard input. When the supervisor dies, however it dies, the pipe
closes and the children end in good order by themselves.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from eaa.services.supervisor.output import copied_output
from eaa.services.supervisor.watchdog import PATIENCE_S, START_S, Watchdog, watchdog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""Between a fall and the next start: doubled with each fall."""
STEADY_S = 60.0
"""After so long without a fall the pause begins small again."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Program:
    """One process to keep running."""

    name: str
    """`dispatcher`, `role pm`, …; stands before each line of its output."""
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """On top of the supervisor's own."""
    order: int = 0
    """At the end, programs with a smaller one are told to stop first."""


@dataclass(slots=True)
class Supervisor:
    """Runs programs until it is told to stop. Its log goes to the supervisor's standard error."""

    programs: Sequence[Program]
    grace_s: float
    """How long a program may take to end before it is killed."""
    patience_s: float = PATIENCE_S
    """How long a program that has given a sign of life may go without another before it is killed."""
    start_s: float = START_S
    """How long the first sign may take."""
    _children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _is_ending: bool = False

    @property
    def process_ids(self) -> Mapping[str, int]:
        """The process of each program that runs now."""
        return {name: child.pid for name, child in self._children.items()}

    async def run(self, stopped: asyncio.Event) -> None:
        """Keep the programs running until `stopped` is set; return when all have ended."""
        keeping = [asyncio.create_task(self._keep(program), name=program.name) for program in self.programs]
        try:
            await stopped.wait()
        finally:
            self._is_ending = True
            await self._end()
            for task in keeping:
                task.cancel()
            await asyncio.wait(keeping)

    async def _keep(self, program: Program) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._has_ended():
            started_s = asyncio.get_running_loop().time()
            code: int | str
            try:
                code = await self._run_once(program)
            except OSError as error:
                # No process, no file descriptor, no interpreter for a moment: it may start the next time.
                code = type(error).__name__
            if self._has_ended():
                return
            if asyncio.get_running_loop().time() - started_s > STEADY_S:
                pause_s = FIRST_PAUSE_S
            _log.warning("process.fell", program=program.name, exit_code=code, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _has_ended(self) -> bool:
        return self._is_ending

    async def _run_once(self, program: Program) -> int:
        with watchdog(self.patience_s, start_s=self.start_s) as watching:
            async with copied_output(program.name) as output:
                child, alone = await _start(program, watching, output)
                self._children[program.name] = child
                _log.info("process.started", program=program.name, process_id=child.pid)
                looking = asyncio.create_task(_end_when_silent(program, child, watching), name=f"watch {program.name}")
                try:
                    return await child.wait()
                finally:
                    looking.cancel()
                    os.close(alone)
                    self._children.pop(program.name, None)

    async def _end(self) -> None:
        """Tell programs to stop, those that hand work out first, and kill what has not ended in time."""
        for order in sorted({program.order for program in self.programs}):
            names = [program.name for program in self.programs if program.order == order]
            children = [self._children[name] for name in names if name in self._children]
            for child in children:
                _tell(child, signal.SIGTERM)
            await asyncio.gather(*(self._until_ended(child) for child in children))

    async def _until_ended(self, child: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(self.grace_s):
                await child.wait()
        except TimeoutError:
            _log.warning("process.killed", process_id=child.pid, after_s=self.grace_s)
            _tell(child, signal.SIGKILL)
            await child.wait()


async def _start(program: Program, watching: Watchdog, output: int) -> tuple[asyncio.subprocess.Process, int]:
    """Start a program; return it, and what to close when it has ended: before, that tells it that it is left alone.

    Raises:
        OSError: It cannot be started now.
    """
    with os.fdopen(output, "wb"):
        reading, alone = os.pipe()
        with os.fdopen(reading, "rb"):
            try:
                child = await asyncio.create_subprocess_exec(
                    *program.argv,
                    stdin=reading,
                    stdout=output,
                    stderr=asyncio.subprocess.STDOUT,
                    env={**os.environ, **program.environment, **watching.variables, "EAA_SUPERVISED": "1"},
                    # A Ctrl-C in the terminal is for the supervisor, which ends everything in order.
                    start_new_session=True,
                    pass_fds=(watching.speaker.fileno(),),
                )
            except BaseException:
                os.close(alone)
                raise
    return child, alone


async def _end_when_silent(program: Program, child: asyncio.subprocess.Process, watching: Watchdog) -> None:
    after_s = await watching.until_silent()
    _log.warning("process.silent", program=program.name, process_id=child.pid, after_s=after_s)
    # It would not hear anything less. Whoever froze while it held SQLite's lock keeps everybody from writing.
    _tell(child, signal.SIGKILL)


def _tell(child: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if child.returncode is None:
        child.send_signal(number)
