"""Commands about tasks that talk to a server: what `--server` or EAA_SERVER makes of them.

With `--json` they print what the server says, as docs/http-api.md has it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from eaa.adapters.gateway.http_gateway import HttpGateway
from eaa.cli.exit_codes import ExitCode, exit_code_of
from eaa.cli.options import RunOptions
from eaa.cli.output import print_json, print_line, print_text
from eaa.cli.requests import is_address, read_issue
from eaa.cli.task_create import print_outcomes
from eaa.domain.errors import InvalidRequest
from eaa.domain.run import RunState
from eaa.domain.service_errors import ServiceUnreachable
from eaa.domain.verdict import TaskVerdict
from eaa.settings import Settings
from eaa.wiring.server import open_server

_MOST_AT_ONCE = 100
_TITLE_CHARACTERS = 72
_PAUSE_S = 1.0
_ENDED = frozenset({"run.ended", "run.parked", "run.paused"})
_SHOWN = ("id", "task", "state", "verdict", "attempt", "branch", "base", "head", "owner")


async def create_task(options: RunOptions, *, priority: int, settings: Settings) -> int:
    """Queue one run there."""
    async with open_server(settings) as server:
        made = await server.post("/v1/tasks", _body(options, priority), key=str(uuid4()))
    if options.is_json:
        print_json(made)
    else:
        print_line(f"task {made['task']}: run {made['run']}, {made['state']}")
    return ExitCode.DONE


async def create_many(asked: Sequence[tuple[int, RunOptions, int]], *, is_json: bool, settings: Settings) -> int:
    """Queue a run there for each of (line, options, priority); a hundred go in with each request."""
    outcomes: list[dict[str, Any]] = []
    async with open_server(settings) as server:
        for begin in range(0, len(asked), _MOST_AT_ONCE):
            part = asked[begin : begin + _MOST_AT_ONCE]
            body = {"tasks": [_body(options, priority) for _, options, priority in part]}
            said = (await server.post("/v1/tasks/batch", body, key=str(uuid4())))["data"]
            for (line, _, _), one in zip(part, said, strict=True):
                outcomes.append({"line": line, **(one["created"] or {"error": one["error"]})})
    return print_outcomes(outcomes, is_json=is_json)


async def list_tasks(*, limit: int, is_json: bool, settings: Settings) -> int:
    """Print the newest tasks there."""
    found: list[dict[str, Any]] = []
    async with open_server(settings) as server:
        cursor = ""
        while len(found) < limit:
            page = await server.get(f"/v1/tasks?limit={min(limit - len(found), _MOST_AT_ONCE)}{cursor}")
            found += page["data"]
            if not page["pagination"]["has_more"]:
                break
            cursor = f"&cursor={quote(page['pagination']['next_cursor'])}"
    if is_json:
        print_json({"tasks": found})
    for one in () if is_json else found:
        run = one["run"] or {}
        state = _state(run) if run else "not begun"
        branch = f", branch {one['branch']}" if one["branch"] else ""
        title = " ".join(one["request"].split())[:_TITLE_CHARACTERS]
        print_line(f"{one['id']}  {state}, ${one['cost_microusd'] / 1e6:.4f}{branch}  {title}")
    if not found and not is_json:
        print_line("no task yet; `eaa task create` makes one")
    return ExitCode.DONE


async def show_task(name: str, *, is_json: bool, settings: Settings) -> int:
    """Print everything about a run there."""
    async with open_server(settings) as server:
        run = await server.get(f"/v1/runs/{await _run_of(name, server)}")
    if is_json:
        print_json(run)
        return ExitCode.DONE
    for key in _SHOWN:
        print_line(f"{key}: {run[key] if run[key] is not None else '-'}")
    for step in run["steps"]:
        print_line(f"  {step['sequence']:3} {step['name']}")
    if run["waiting"] is not None:
        print_line(f"waits: {run['waiting']['code']} {run['waiting']['hint']}")
    return ExitCode.DONE


async def watch_task(name: str, *, is_json: bool, settings: Settings) -> int:
    """Follow a run there until it ends or waits; a server that is away for a while is waited for."""
    seen: list[dict[str, Any]] = []
    async with open_server(settings) as server:
        run_id = await _run_of(name, server)
        run = await server.get(f"/v1/runs/{run_id}")
        while run["state"] in (RunState.QUEUED, RunState.RUNNING):
            try:
                await _follow(run, seen, server, is_json=is_json)
                run = await server.get(f"/v1/runs/{run_id}")
            except ServiceUnreachable as error:
                if not is_json:
                    print_line(f"{error}; asking again")
                await asyncio.sleep(_PAUSE_S)
    if is_json:
        told = {"task": run["task"], "run": run_id, "state": run["state"], "verdict": run["verdict"]}
        print_json(told | {"events": seen})
    else:
        print_line(f"run {run_id}: {_state(run)}")
    return _exit_code(run)


async def show_diff(name: str, *, is_json: bool, settings: Settings) -> int:
    """Print what a run there has changed."""
    async with open_server(settings) as server:
        run_id = await _run_of(name, server)
        diff = await server.text(f"/v1/runs/{run_id}/diff")
    if is_json:
        print_json({"run": run_id, "diff": diff})
    else:
        print_text(diff)
    return ExitCode.DONE


async def halt(name: str | None, *, verb: str, is_json: bool, settings: Settings) -> int:
    """Stop or pause a run there, and return when nothing of it works any more."""
    if name is None:
        raise InvalidRequest("a server is told of one run at a time", hint=f"Name it: `eaa {verb} RUN`.")
    async with open_server(settings) as server:
        halted = await server.post(f"/v1/runs/{await _run_of(name, server)}/{verb}")
    if is_json:
        print_json({"runs": [halted]})
    else:
        print_line(f"run {halted['run']}: {halted['state']}, {halted['ending']}")
    return ExitCode.FAULT if halted["ending"] == "unanswered" else ExitCode.DONE


async def say(name: str, text: str, *, is_json: bool, settings: Settings) -> int:
    """Put words for a run's model down there."""
    async with open_server(settings) as server:
        told = await server.post(f"/v1/runs/{await _run_of(name, server)}/say", {"text": text}, key=str(uuid4()))
    if is_json:
        print_json(told)
    else:
        print_line(f"run {told['run']} ({told['state']}): kept")
    return ExitCode.DONE


async def answer(name: str, text: str, *, is_json: bool, settings: Settings) -> int:
    """Answer what a run there waits with; it goes on by itself."""
    async with open_server(settings) as server:
        question = (await _run_of(name, server)).replace("run_", "qst_", 1)
        told = await server.post(f"/v1/questions/{question}/answer", {"text": text}, key=str(uuid4()))
    if is_json:
        print_json(told)
    else:
        print_line(f"run {told['run']}: {told['state']}")
    return ExitCode.DONE


async def approve(name: str, *, sha256: str | None, is_json: bool, settings: Settings) -> int:
    """Say yes to what a run there waits with; it goes on by itself."""
    async with open_server(settings) as server:
        run_id = await _run_of(name, server)
        waiting = [one for one in (await server.get("/v1/approvals"))["data"] if one["run"] == run_id]
        if not waiting:
            raise InvalidRequest(f"run {run_id} waits for no yes", hint="`eaa task show` says how it stands.")
        [approval] = waiting
        yes = {"decision": "approve", "subject": sha256 or approval["subject"]}
        told = await server.post(f"/v1/approvals/{approval['id']}", yes, key=str(uuid4()))
    if is_json:
        print_json(told | {"subject_sha256": approval["subject"]})
    else:
        print_text(approval["text"])
        print_line(f"approved {approval['subject'][:12]}: run {told['run']} is {told['state']}")
    return ExitCode.DONE


async def _run_of(name: str, server: HttpGateway) -> str:
    """Return the run of that id, or a task's newest one."""
    if name.startswith("run_"):
        return name
    task = await server.get(f"/v1/tasks/{quote(name, safe='')}")
    if task["run"] is None:
        raise InvalidRequest(f"task {name} has no run yet", hint="`eaa task list` shows how tasks stand.")
    run_id: str = task["run"]["id"]
    return run_id


async def _follow(run: dict[str, Any], seen: list[dict[str, Any]], server: HttpGateway, *, is_json: bool) -> None:
    """Print a run's events until one says that it has ended or waits."""
    first = (await server.get(f"/v1/events?task={run['task']}&limit=1"))["data"]
    after = seen[-1]["id"] if seen else None
    if after is None and first:
        _note(first[0], run, seen, is_json=is_json)
        after = first[0]["id"]
    async for event in server.events(task=run["task"], after=after):
        _note(event, run, seen, is_json=is_json)
        if event["type"] in _ENDED and event["eaarun"] == run["id"]:
            return


def _note(event: dict[str, Any], run: dict[str, Any], seen: list[dict[str, Any]], *, is_json: bool) -> None:
    if event["eaarun"] != run["id"]:
        return
    seen.append({"id": event["id"], "type": event["type"], "created_at": event["time"]})
    if not is_json:
        print_line(f"{event['time'][11:19]}Z {event['type']}")


def _body(options: RunOptions, priority: int) -> dict[str, Any]:
    words = options.request if is_address(options.request) else read_issue(options.request).text
    # A folder of this machine is another one there, unless the server is here.
    repository = options.repo if "://" in options.repo else str(Path(options.repo).absolute())
    body = {
        "request": words,
        "repository": repository,
        "base": options.base,
        "kind": options.kind,
        "offline": options.is_offline,
        "stops_at_plan": options.stops_at_plan,
        "budget_usd": options.budget_usd,
        "priority": priority,
        "python": options.python,
        "test_command": options.test_command,
        "may_install": options.has_consent,
    }
    return {name: value for name, value in body.items() if value is not None}


def _state(run: dict[str, Any]) -> str:
    return ", ".join(filter(None, (run["state"], run["verdict"])))


def _exit_code(run: dict[str, Any]) -> int:
    state = RunState(run["state"])
    if state is RunState.DONE and run["verdict"] is not None:
        return exit_code_of(TaskVerdict(run["verdict"]))
    if state is RunState.WAITING:
        return ExitCode.WAITS
    return ExitCode.FAULT if state is RunState.FAILED else ExitCode.NOT_SHOWN
