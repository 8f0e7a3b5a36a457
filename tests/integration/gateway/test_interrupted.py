"""Ctrl-C while a real process queues many tasks at a server."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from eaa.adapters.gateway.http_gateway import LONGEST_BODY_BYTES
from eaa.domain.origin import Origin
from eaa.services.gateway.house import FetchedIssue
from tests.integration.gateway.conftest import TOKEN, GatewayWorld, gateway_world
from tests.support.git_project import GitProject

ISSUE = "https://github.example/o/r/issues/1"
WORDS = "x" * (LONGEST_BODY_BYTES // 3)
"""Two tasks with so many go into one request, three do not."""
INTERRUPTED = 130


async def start_creating(world: GatewayWorld, file: Path, *options: str) -> asyncio.subprocess.Process:
    """Start `eaa task create --from` in a process of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eaa", "--server", world.address, "task", "create", "--from", str(file), *options),
        env={**os.environ, "EAA_HOME": str(file.parent / "elsewhere"), "EAA_SERVER_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def lines_for(folder: Path, requests: Sequence[str]) -> Path:
    """Lay a repository out, and a file that asks so much of it."""
    project = GitProject(folder / "project")
    project.commit({"a.py": "x = 1\n"}, message="One")
    file = folder / "many.jsonl"
    place = str(project.folder)
    file.write_text("".join(f"{json.dumps({'request': one, 'repo': place, 'offline': True})}\n" for one in requests))
    return file


@pytest.mark.parametrize("is_json", [False, True], ids=["words", "JSON"])
async def test_who_interrupts_it_hears_what_is_queued_and_can_give_it_again(tmp_path: Path, is_json: bool) -> None:
    file = lines_for(tmp_path, [*(f"Make {name} two. {WORDS}" for name in "abc"), ISSUE, "Make d two."])
    second_came, release = asyncio.Event(), asyncio.Event()

    async def issue_at(address: str) -> FetchedIssue:
        second_came.set()
        await release.wait()
        return FetchedIssue("An issue from outside.", address, Origin.ANONYMOUS)

    options = ("--json",) if is_json else ()
    async with gateway_world(tmp_path, parts={"fetch_issue": issue_at}) as world:
        first = await start_creating(world, file, *options)
        await second_came.wait()
        first.send_signal(signal.SIGINT)
        said, errors = (text.decode() for text in await first.communicate())
        release.set()
        again = await start_creating(world, file, "--json")
        repeated = json.loads((await again.communicate())[0])
        runs = (await world.get("/v1/runs")).body["data"]

    assert first.returncode == INTERRUPTED
    assert errors.splitlines() == [
        "2 queued, 0 refused, 3 not answered for",
        "What was on its way may be queued or not.",
        "Give the same command again: a task whose run has not ended is not queued twice.",
        "interrupted; what is queued stays queued",
    ]
    queued = [line["task"] for line in repeated["tasks"][:2]]
    if is_json:
        told = json.loads(said)
        assert [line["task"] for line in told["tasks"]] == queued
        assert (told["queued"], told["left"], told["error"]["code"]) == (2, 3, "interrupted")
    else:
        assert [line.split()[3].rstrip(",") for line in said.splitlines()] == queued
    assert len(runs) == len(repeated["tasks"]) == 5
