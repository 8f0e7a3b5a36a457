"""Services as child processes whose log says when what happened."""

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

_STARTING_S = 60.0
_HEARING_S = 60.0
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Child:
    """A service that runs."""

    process: Process
    said: dict[str, Any]
    """What it printed when it was ready."""
    ready_s: float
    """From its start to that."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_log(self) -> None:
        """Keep what it logs until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            with suppress(ValueError):
                self.lines.append(json.loads(line))
                self.news.set()

    async def heard(self, event: str, **facts: object) -> float:
        """Return when it logged something, as Unix time; wait for it if need be.

        Raises:
            TimeoutError: It has not within a minute.
        """
        async with asyncio.timeout(_HEARING_S):
            while True:
                for line in self.lines:
                    if line.get("event") == event and all(line.get(name) == value for name, value in facts.items()):
                        return datetime.fromisoformat(line["at"]).timestamp()
                self.news.clear()
                await self.news.wait()

    @property
    def cpu_s(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    @property
    def resident_mb(self) -> float:
        """Memory that it holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6


@asynccontextmanager
async def started(*words: str, variables: Mapping[str, str]) -> AsyncIterator[Child]:
    """Start `eaa WORDS --json` and yield it when it is ready; kill it at the end of the block.

    Raises:
        RuntimeError: It ended at once.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("EAA_")}
    began_s = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "eaa",
        *words,
        "--port",
        "0",
        "--json",
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env={**own, **variables, "EAA_LOG_FORMAT": "json"},
    )
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(_STARTING_S):
            said = await _first_object(process)
        child = Child(process, said, time.monotonic() - began_s)
        reading = asyncio.create_task(child.read_log())
        yield child
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if reading is not None:
            await reading


async def _first_object(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    lines = []
    async for line in process.stdout:
        lines.append(line.decode())
        if line == b"}\n":
            found: dict[str, Any] = json.loads("".join(lines))
            return found
    raise RuntimeError("the service ended before it was ready")
