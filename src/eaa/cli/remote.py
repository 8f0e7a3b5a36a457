"""Commands about tasks that talk to a server: what `--server` or EAA_SERVER makes of them.

With `--json` they print what the server says, as docs/http-api.md has it.
"""

from urllib.parse import quote
from uuid import uuid4

from eaa.adapters.gateway.answers import Approvals, Halted, Run, RunStory, Task, Tasks, Told
from eaa.adapters.gateway.http_gateway import HttpGateway
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line, print_text
from eaa.domain.errors import InvalidRequest
from eaa.settings import Settings
from eaa.wiring.server import open_server

_MOST_AT_ONCE = 100
_TITLE_CHARACTERS = 72


async def list_tasks(*, limit: int, is_json: bool, settings: Settings) -> int:
    """Print the newest tasks there."""
    found: list[Task] = []
    async with open_server(settings) as server:
        cursor: str | None = ""
        while cursor is not None and len(found) < limit:
            more = f"&cursor={_quoted(cursor)}" if cursor else ""
            page = await server.get(f"/v1/tasks?limit={min(limit - len(found), _MOST_AT_ONCE)}{more}", Tasks)
            found += page.data
            # A page with nothing on it is the last one, whatever it says.
            cursor = page.pagination.next_cursor or None if page.pagination.has_more and page.data else None
    if is_json:
        print_json({"tasks": [one.as_said() for one in found[:limit]]})
    for one in () if is_json else found[:limit]:
        print_line(_line(one))
    if not found and not is_json:
        print_line("no task yet; `eaa task create` makes one")
    return ExitCode.DONE


async def show_task(name: str, *, is_json: bool, settings: Settings) -> int:
    """Print everything about a run there."""
    async with open_server(settings) as server:
        run = await server.get(path_of(await run_of(name, server)), RunStory)
    if is_json:
        print_json(run.as_said())
        return ExitCode.DONE
    shown = {
        "id": run.id,
        "task": run.task,
        "state": run.state,
        "verdict": run.verdict,
        "attempt": run.attempt,
        "branch": run.branch,
        "base": run.base,
        "head": run.head,
        "owner": run.owner,
    }
    for key, value in shown.items():
        print_line(f"{key}: {value if value is not None else '-'}")
    for step in run.steps:
        print_line(f"  {step.sequence:3} {step.name}")
    if run.waiting is not None:
        print_line(f"waits: {run.waiting.code} {run.waiting.hint}")
    return ExitCode.DONE


async def show_diff(name: str, *, is_json: bool, settings: Settings) -> int:
    """Print what a run there has changed."""
    async with open_server(settings) as server:
        run_id = await run_of(name, server)
        diff = await server.diff(f"{path_of(run_id)}/diff")
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
        halted = await server.post(f"{path_of(await run_of(name, server))}/{verb}", Halted, key=str(uuid4()))
    if is_json:
        print_json({"runs": [halted.as_said()]})
    else:
        print_line(f"run {halted.run}: {halted.state}, {halted.ending}")
    return ExitCode.FAULT if halted.ending == "unanswered" else ExitCode.DONE


async def say(name: str, text: str, *, is_json: bool, settings: Settings) -> int:
    """Put words for a run's model down there."""
    async with open_server(settings) as server:
        path = f"{path_of(await run_of(name, server))}/say"
        told = await server.post(path, Told, {"text": text}, key=str(uuid4()))
    if is_json:
        print_json(told.as_said())
    else:
        print_line(f"run {told.run} ({told.state}): kept")
    return ExitCode.DONE


async def answer(name: str, text: str, *, is_json: bool, settings: Settings) -> int:
    """Answer what a run there waits with; it goes on by itself."""
    async with open_server(settings) as server:
        question = (await run_of(name, server)).replace("run_", "qst_", 1)
        path = f"/v1/questions/{_quoted(question)}/answer"
        told = await server.post(path, Told, {"text": text}, key=str(uuid4()))
    if is_json:
        print_json(told.as_said())
    else:
        print_line(f"run {told.run}: {told.state}")
    return ExitCode.DONE


async def approve(name: str, *, sha256: str | None, is_json: bool, settings: Settings) -> int:
    """Say yes to what a run there waits with; it goes on by itself."""
    async with open_server(settings) as server:
        run_id = await run_of(name, server)
        waiting = [one for one in (await server.get("/v1/approvals", Approvals)).data if one.run == run_id]
        if not waiting:
            raise InvalidRequest(f"run {run_id} waits for no yes", hint="`eaa task show` says how it stands.")
        approval = waiting[0]
        yes = {"decision": "approve", "subject": sha256 or approval.subject}
        told = await server.post(f"/v1/approvals/{_quoted(approval.id)}", Told, yes, key=str(uuid4()))
    if is_json:
        print_json(told.as_said() | {"subject_sha256": approval.subject})
    else:
        print_text(approval.text)
        print_line(f"approved {approval.subject[:12]}: run {told.run} is {told.state}")
    return ExitCode.DONE


async def run_of(name: str, server: HttpGateway) -> str:
    """Return the run of that id, or a task's newest one.

    Raises:
        InvalidRequest: The task has none.
    """
    if name.startswith("run_"):
        return name
    task = await server.get(f"/v1/tasks/{_quoted(name)}", Task)
    if task.run is None:
        raise InvalidRequest(f"task {name} has no run yet", hint="`eaa task list` shows how tasks stand.")
    return task.run.id


def path_of(run_id: str) -> str:
    """Return where a run is."""
    return f"/v1/runs/{_quoted(run_id)}"


def state_of(run: Run) -> str:
    """Return how a run stands, in words."""
    return ", ".join(filter(None, (run.state, run.verdict)))


def _line(task: Task) -> str:
    state = "not begun" if task.run is None else state_of(task.run)
    branch = f", branch {task.branch}" if task.branch else ""
    title = " ".join(task.request.split())[:_TITLE_CHARACTERS]
    return f"{task.id}  {state}, ${task.cost_microusd / 1e6:.4f}{branch}  {title}"


def _quoted(name: str) -> str:
    # A name that is no UTF-8 is nobody's name, and is told as such.
    return quote(name, safe="", errors="replace")
