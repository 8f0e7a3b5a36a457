"""The processes of the benchmark: the scripted model, and each contender in a fresh folder."""

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import eaa
from eaa.wiring.agent_bench.figures import MeasuredRun
from eaa.wiring.agent_bench.server import run_name
from eaa.wiring.agent_bench.task import TASK, lay_out

_ROOM: Final = "eaa.wiring.agent_bench"
_LONGEST_S: Final = 1_800.0
_AS_MODULE: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_module(sys.argv[1], run_name='__main__')"
)
_BASELINE: Final = "environment and baseline"
"""The stage of `eaa run` in which the project's own tests are run three times, before anybody asks a model."""
_LONGEST_REASON: Final = 300
_NOT_PASSED_ON: Final = ("EAA_", "OPENAI_", "MSWEA_", "VIRTUAL_ENV")


class ContenderFailed(Exception):
    """A contender did not come to its end, or what it noted is no measurement."""


@dataclass(frozen=True, slots=True)
class Startup:
    """How long a command takes until its first prompt is whole at the model."""

    start_s: float
    first_start_s: float
    """In a new home."""
    own_tests_s: float
    """In the project's own tests, before it; in neither of the two."""


@dataclass(slots=True)
class ScriptedServer:
    """The scripted model in a process of its own."""

    port: int
    _process: Process
    _runs: int = 0

    def new_run(self, contender: str, *, steps: int, is_small: bool = False) -> str:
        """Return the name of a run that has not been yet."""
        self._runs += 1
        return run_name(contender, self._runs, steps=steps, is_small=is_small)

    def url(self, run: str) -> str:
        """Return where the model of a run is."""
        return f"http://127.0.0.1:{self.port}/{run}/v1"

    async def write(self, run: str, file: Path) -> None:
        """Have what a run asked written to a file."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"run": run, "file": str(file)}).encode() + b"\n")
        await self._process.stdin.drain()
        if await self._process.stdout.readline() != b"written\n":
            raise ContenderFailed("the scripted model ended")


@asynccontextmanager
async def open_server() -> AsyncIterator[ScriptedServer]:
    """Start the scripted model; it ends with the block."""
    command = (sys.executable, "-m", f"{_ROOM}.server")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        assert process.stdout is not None
        yield ScriptedServer(int(await process.stdout.readline()), process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await _ended(process)


@dataclass(frozen=True, slots=True)
class Contender:
    """How one of them is started."""

    name: str
    interpreter: Path

    async def measure(self, folder: Path, server: ScriptedServer, *, steps: int, is_small: bool = False) -> MeasuredRun:
        """Let it work on a fresh copy of the task through a script of so many answers.

        Raises:
            ContenderFailed: It did not come to its end.
        """
        run = server.new_run(self.name, steps=steps, is_small=is_small)
        place = await asyncio.to_thread(_fresh, folder / run)
        # Appended, not put before: where eaa is installed its neighbours must not hide the interpreter's own packages.
        source = str(Path(eaa.__file__).parent.parent)
        module = f"{_ROOM}.with_{self.name}"
        notes, asked = place / "notes.json", place / "asked.json"
        command = (str(self.interpreter), "-c", _AS_MODULE, source, module, str(place / "project"), str(notes))
        status, said = await _run(command, cwd=place, environment=_environment(place, server.url(run)))
        await server.write(run, asked)
        if status != 0:
            raise ContenderFailed(f"its process ended with status {status}: {said}")
        try:
            return await asyncio.to_thread(MeasuredRun.read, asked, notes)
        except (OSError, ValueError, KeyError) as error:
            raise ContenderFailed(f"it noted nothing usable: {error}") from error

    async def start(self, folder: Path, server: ScriptedServer) -> Startup:
        """Start its own command as a person would, twice in one home, and see when the first prompt comes.

        Raises:
            ContenderFailed: None came.
        """
        place = await asyncio.to_thread(_fresh, folder / server.new_run(self.name, steps=0))
        first_s, _ = await self._one_start(place, server, "first")
        start_s, tests_s = await self._one_start(place, server, "second")
        return Startup(start_s=start_s, first_start_s=first_s, own_tests_s=tests_s)

    async def _one_start(self, place: Path, server: ScriptedServer, which: str) -> tuple[float, float]:
        """Return the seconds to the first prompt without the project's own tests, and those of the tests."""
        run = server.new_run(self.name, steps=0)
        seen: dict[str, float] = {}
        asked = place / f"{which}.json"
        # The same words again would go on with the run that waits.
        command = self._command(place, f"{TASK} This is the {which} start.")
        started_s = time.monotonic()
        environment = _environment(place, server.url(run))
        status, said = await _run(command, cwd=place / "project", environment=environment, seen=seen)
        await server.write(run, asked)
        requests = json.loads(await asyncio.to_thread(asked.read_text))["requests"]
        if not requests:
            raise ContenderFailed(f"it ended with status {status} and asked no model: {said}")
        tests_s = seen.get(f"{_BASELINE}:", 0.0) - seen.get(f"{_BASELINE} …", 0.0)
        return requests[0]["arrived_s"] - started_s - tests_s, tests_s

    def _command(self, place: Path, task: str) -> Sequence[str]:
        if self.name == "eaa":
            return (sys.executable, "-m", "eaa", "run", task, "--repo", ".", "--yes", "--python", sys.executable)
        mini = str(self.interpreter.parent / "mini")
        options = ("-y", "--exit-immediately", "-m", "openai/scripted", "-o", str(place / "trajectory.json"))
        return (mini, *options, "-t", task)


def _fresh(place: Path) -> Path:
    for name in ("project", "home"):
        (place / name).mkdir(parents=True)
    lay_out(place / "project")
    return place


def _environment(place: Path, url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
    home = str(place / "home")
    return kept | {
        "NO_PROXY": "127.0.0.1",
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": url,
        "EAA_HOME": home,
        "EAA_MODEL": "openai/scripted",
        # The peer's: no questions, no price list from elsewhere, nothing written into the person's own folders.
        "OPENAI_API_BASE": url,
        "HOME": home,
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
        "MSWEA_SILENT_STARTUP": "1",
        "MSWEA_GLOBAL_CONFIG_DIR": home,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_LOG": "ERROR",
    }


async def _run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], seen: dict[str, float] | None = None
) -> tuple[int, str]:
    """Return the exit status and the end of stderr; `seen` is told when a line of stderr began a stage or ended it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, limit=1 << 24
        )
    except OSError as error:
        raise ContenderFailed(f"it cannot be started: {error.strerror}") from error
    last = ""
    try:
        async with asyncio.timeout(_LONGEST_S):
            assert process.stderr is not None
            async for line in process.stderr:
                last = line.decode(errors="replace").strip() or last
                if seen is not None and last.startswith(_BASELINE):
                    seen.setdefault(_BASELINE + last.removeprefix(_BASELINE)[:2].rstrip(), time.monotonic())
            return await process.wait(), last[-_LONGEST_REASON:]
    except TimeoutError:
        raise ContenderFailed(f"it did not end within {_LONGEST_S:g} s") from None
    finally:
        await _ended(process, patience_s=0)


async def _ended(process: Process, *, patience_s: float = 5) -> None:
    """Let a process end; kill one that does not."""
    try:
        async with asyncio.timeout(patience_s):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
