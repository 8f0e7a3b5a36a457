"""`eaa mcp` as a real process, spoken to by the official client of the protocol."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp.client.session import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.e2e.support.model_runs import AUTHOR, GOOD, REQUEST, call, model_runs
from tests.e2e.support.real_runs import RealRuns, lay_out_runs

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


@pytest.fixture
def runs(tmp_path: Path) -> RealRuns:
    """A fresh project and a fresh home."""
    tmp_path.chmod(0o755)
    return lay_out_runs(tmp_path)


@asynccontextmanager
async def visiting(runs: RealRuns, *words: str) -> AsyncIterator[ClientSession]:
    """Start `eaa mcp` and greet it."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "eaa", "mcp", *words],
        env={**os.environ, "EAA_HOME": str(runs.home), **runs.variables},
        cwd=runs.repository.parent,
    )
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def ask(session: ClientSession, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool and return what it says; its text and its structure must be the same."""
    result = await session.call_tool(tool, arguments)
    said: dict[str, Any] = result.structured_content
    assert json.loads(result.content[0].text) == said  # type: ignore[union-attr]
    assert result.is_error is ("error" in said and "run" not in said)
    return said


def wait_for_worker(runs: RealRuns) -> None:
    """Wait until the process that works on the run lets go of its slot."""
    with (runs.home / "slots" / "cli-0").open() as slot:
        fcntl.flock(slot, fcntl.LOCK_EX)


async def test_a_program_creates_a_task_watches_it_and_reads_its_evidence_after_the_door_was_closed(
    runs: RealRuns,
) -> None:
    request = {"request": (runs.repository / "issue.md").read_text(), "repository": str(runs.repository)}
    async with visiting(runs, "--repo", str(runs.repository)) as session:
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
        created = await ask(session, "create", **request, offline=True)
        again = await ask(session, "create", **request, offline=True)
        early = await ask(session, "evidence", name=created["run"])
        elsewhere = await ask(session, "create", **{**request, "repository": "/"})
    # The door is closed; the run lives on, and the next door sees it end.
    async with visiting(runs) as session:
        shown = await watch(session, created["task"], runs, until="done")
        evidence = await ask(session, "evidence", name=created["run"])
        stopped = await ask(session, "stop", name=created["run"])
        unasked = await ask(session, "answer", name=created["run"], text="Yes.")

    assert list(listed) == ["create", "show", "stop", "evidence", "answer"]
    assert (again["run"], again["is_new"]) == (created["run"], False)
    assert early["error"]["code"] == "request.invalid"
    assert "not allowed here" in elsewhere["error"]["message"]
    assert (shown["state"], shown["verdict"], shown["origin"]) == ("done", "done", "machine text")
    assert shown["note"].startswith("2 of 2 criteria shown or held")
    assert shown["branch"] in runs.git("branch", "--list", shown["branch"])
    assert {one["verdict"] for one in evidence["evidence"]["criteria"]} == {"shown"}
    assert stopped["ending"] == "over"
    assert "asks nothing now" in unasked["error"]["message"]
    assert runs.wrongs() == []


async def watch(session: ClientSession, task: str, runs: RealRuns, *, until: str) -> dict[str, Any]:
    """Return how a task stands when its process has let go of it."""
    while not (shown := await ask(session, "show", name=task))["is_alive"]:
        if shown["state"] == until:
            return shown
        assert shown["error"] is None, shown
    await asyncio.to_thread(wait_for_worker, runs)
    return await ask(session, "show", name=task)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that sandboxes can reach."""
    tmp_path.chmod(0o755)
    return tmp_path


async def test_a_program_answers_what_the_model_asks_and_the_run_goes_on_to_its_end(folder: Path) -> None:
    asks = call("ask", question="In percent?", options=["yes", "no"])
    with model_runs(folder, {**GOOD, "author": (asks, *AUTHOR)}) as model:
        async with visiting(model.local, "--yes") as session:
            created = await ask(session, "create", request=REQUEST, repository=str(model.local.repository))
            asked = await watch(session, created["task"], model.local, until="waiting")
            answered = await ask(session, "answer", name=created["task"], text="yes")
            done = await watch(session, created["task"], model.local, until="done")
        prompts = json.dumps(model.prompts())

    assert created["has_model"]
    assert (asked["state"], asked["questions"]) == (
        "waiting",
        [{"text": "In percent?", "options": ["yes", "no"], "because": ""}],
    )
    assert (answered["is_started"], answered["origin"]) == (True, "machine text")
    assert (done["state"], done["verdict"], done["questions"]) == ("done", "done", [])
    assert "by no member of the project:\\n> yes" in prompts


async def test_a_program_stops_what_it_has_created(runs: RealRuns) -> None:
    async with visiting(runs) as session:
        created = await ask(session, "create", request="slug() fails", repository=str(runs.repository), offline=True)
        stopped = await ask(session, "stop", name=created["task"])
        shown = await ask(session, "show", name=created["run"])

    assert (stopped["state"], stopped["is_sure"], shown["state"]) == ("cancelled", True, "cancelled")
    assert runs.git("branch", "--list", "eaa/*") == ""


def test_stdout_is_protocol_alone_bad_lines_end_nothing_and_a_closed_stdin_does(runs: RealRuns) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "eaa", "mcp"],
        env={**os.environ, "EAA_HOME": str(runs.home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        lines = (
            "no JSON at all",
            '{"jsonrpc": "2.0", "id": 1, "method": "ping"}',
            '{"jsonrpc": "2.0", "id": 2, "method": "tools/nothing"}',
        )
        process.stdin.write("\n".join(lines) + "\n")
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        rest, _ = process.communicate(timeout=60)

    assert (process.returncode, rest) == (0, "")
    assert {one["id"]: "error" in one for one in answers} == {1: False, 2: True}
