"""How soon queued work begins, events arrive and a dead process's work goes on; and what a service costs idle."""

import asyncio
import json
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from eaa.wiring.engine_bench.children import Child, started

_IDLE_S = 10.0
_SETTLING_S = 2.0


@dataclass(frozen=True, slots=True)
class Spread:
    """How measured values are spread."""

    count: int
    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Of `eaa up`, and of two dispatchers of which one is killed again and again. Times in milliseconds."""

    database: str
    ready_first_ms: float
    """From the start of a process that makes its database to the line that says where it listens."""
    ready_ms: float
    """The same on a database that is there."""
    idle_cpu_percent: float
    """Of one core, over ten seconds."""
    idle_resident_mb: float
    enqueue_to_start: Spread
    """From the answer to POST /v1/tasks to the claim by the dispatcher."""
    event_latency: Spread
    """From the making of an event in the service to its arrival at a reader of the stream."""
    takeover: Spread
    """From the kill of a dispatcher to the claim of its run by a live one."""


async def bench_services(folder: Path, *, postgres_url: str | None, tasks: int, kills: int) -> ServiceFigures:
    """Measure services on a new SQLite file or on a Postgres whose content does not matter."""
    project = _project(folder / "project")
    home = folder / "home"
    variables = {"EAA_HOME": str(home)} | ({"EAA_DATABASE_URL": postgres_url} if postgres_url else {})
    async with started("up", variables=variables) as first:
        ready_first_s = first.ready_s
    async with started("up", variables=variables) as up:
        await asyncio.sleep(_SETTLING_S)
        before_s = up.cpu_s
        await asyncio.sleep(_IDLE_S)
        idle = (up.cpu_s - before_s) / _IDLE_S
        resident_mb = up.resident_mb
        starts, latencies = await _enqueue(up, home, project, tasks)
    takeovers = await _take_over(variables, home, project, kills)
    return ServiceFigures(
        database="Postgres" if postgres_url else "SQLite",
        ready_first_ms=round(ready_first_s * 1000),
        ready_ms=round(up.ready_s * 1000),
        idle_cpu_percent=round(idle * 100, 2),
        idle_resident_mb=round(resident_mb, 1),
        enqueue_to_start=spread(starts),
        event_latency=spread(latencies),
        takeover=spread(takeovers),
    )


def spread(seconds: Sequence[float]) -> Spread:
    """Return how times are spread, in milliseconds."""
    values = sorted(value * 1000 for value in seconds)
    p99 = values[min(len(values) - 1, round(0.99 * (len(values) - 1)))]
    return Spread(len(values), round(statistics.median(values), 1), round(p99, 1), round(values[-1], 1))


async def _enqueue(up: Child, home: Path, project: Path, tasks: int) -> tuple[list[float], list[float]]:
    starts: list[float] = []
    latencies: list[float] = []
    async with _api(up, home) as api:
        stream = await api.get("/v1/events/stream")
        hearing = asyncio.create_task(_hear(stream, latencies))
        for number in range(tasks):
            created = await _post(api, "/v1/tasks", _task(project, number))
            at = time.time()
            # One that is claimed before its answer has been read has begun at once.
            starts.append(max(0.0, await up.heard("run.claimed", run=created["run"]) - at))
            await _post(api, f"/v1/runs/{created['run']}/stop", None)
        hearing.cancel()
        await asyncio.wait({hearing})
        stream.close()
    return starts, latencies


async def _take_over(variables: Mapping[str, str], home: Path, project: Path, kills: int) -> list[float]:
    """Kill whichever of two dispatchers works on a run as soon as it does, so many times; return the times in s."""
    found: list[float] = []
    dispatcher = ("serve", "dispatcher", "--own-roles")
    async with started("serve", "gateway", variables=variables) as gateway, _api(gateway, home) as api:
        for number in range(kills):
            async with (
                started(*dispatcher, variables=variables) as one,
                started(*dispatcher, variables=variables) as two,
            ):
                run = (await _post(api, "/v1/tasks", _task(project, 10_000 + number)))["run"]
                victim, peer = await _first_to_claim(run, one, two)
                killed_at = time.time()
                victim.process.kill()
                found.append(await peer.heard("run.claimed", run=run, generation=2) - killed_at)
                await _post(api, f"/v1/runs/{run}/stop", None)
    return found


async def _first_to_claim(run: str, one: Child, two: Child) -> tuple[Child, Child]:
    """Return who works on a run, and who does not."""
    claims = {asyncio.create_task(child.heard("run.claimed", run=run)): child for child in (one, two)}
    done, others = await asyncio.wait(claims, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    await asyncio.wait(others)
    victim = claims[done.pop()]
    return victim, two if victim is one else one


async def _hear(stream: aiohttp.ClientResponse, latencies: list[float]) -> None:
    async for line in stream.content:
        if line.startswith(b"data: "):
            at = datetime.fromisoformat(json.loads(line.removeprefix(b"data: "))["time"]).timestamp()
            latencies.append(max(0.0, time.time() - at))


@asynccontextmanager
async def _api(child: Child, home: Path) -> AsyncIterator[aiohttp.ClientSession]:
    token = (home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with aiohttp.ClientSession(child.said["address"], headers=headers, timeout=timeout) as session:
        yield session


async def _post(api: aiohttp.ClientSession, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    async with api.post(path, json=body) as response:
        response.raise_for_status()
        found: dict[str, Any] = await response.json()
        return found


def _task(project: Path, number: int) -> dict[str, Any]:
    return {"request": f"Make x {number}.", "repository": str(project), "offline": True}


def _project(folder: Path) -> Path:
    """Make a repository with one file and one test."""
    (folder / "tests").mkdir(parents=True)
    (folder / "a.py").write_text("x = 1\n")
    (folder / "tests" / "test_a.py").write_text("from a import x\n\n\ndef test_x():\n    assert x == 1\n")
    words = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), (*words, "commit", "-q", "-m", "One")):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder
