"""Processes that work on runs, on either database."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from eaa.adapters.sql.engine import sqlite_address
from tests.postgres import new_database

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60


@dataclass
class Process:
    """A worker process and its lines."""

    process: asyncio.subprocess.Process

    async def tell(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.writelines(f"{line}\n".encode() for line in lines)
        await self.process.stdin.drain()

    async def hear(self) -> str:
        """Return the next line it prints, empty when it has ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            return (await self.process.stdout.readline()).decode().strip()

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    async def until_dead(self) -> int:
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()


@dataclass(frozen=True)
class Place:
    """A home and its two databases."""

    home: Path
    store_url: str
    workflows_url: str

    @asynccontextmanager
    async def worker(
        self, slot: str, *, waits_in: int | None = None, dies_at: tuple[str, ...] = ()
    ) -> AsyncIterator[Process]:
        """Start a worker; at the end of the block it is let go, or killed when it does not go."""
        settings = {"home": str(self.home), "store": self.store_url, "workflows": self.workflows_url, "slot": slot}
        argument = json.dumps({**settings, "waits_in": waits_in, "dies_at": list(dies_at)})
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.dbos.worker", argument, cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield Process(process)
            _, errors = await asyncio.wait_for(process.communicate(b""), PATIENCE_S)
            assert errors == b"", errors.decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    def journal(self, run_id: str) -> list[str]:
        """Return what was written for a run, `<slot> <generation> <text>` a line, oldest first."""
        path = self.home / f"{run_id}.journal"
        return path.read_text().splitlines() if path.exists() else []

    def steps_run(self, run_id: str) -> Counter[int]:
        """Return how often each step began."""
        return Counter(int(line.split()[2]) for line in self.journal(run_id) if not line.endswith("went on"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield Place(
                tmp_path, sqlite_address(tmp_path / "eaa.sqlite"), sqlite_address(tmp_path / "workflows.sqlite")
            )
        else:
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
            yield Place(tmp_path, url, url)
