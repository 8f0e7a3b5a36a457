"""`eaa task create` with a server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from eaa.adapters.gateway.answers import CreatedTask, Outcome
from eaa.adapters.gateway.answers import Outcomes as Answered
from eaa.adapters.gateway.http_gateway import LONGEST_BODY_BYTES, HttpGateway
from eaa.cli.asked import Asked
from eaa.cli.exit_codes import ExitCode
from eaa.cli.outcomes import Outcomes
from eaa.cli.output import print_json, print_line
from eaa.cli.parcels import Parcel, fits, parcels_of
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.service_errors import NotAServer
from eaa.settings import Settings
from eaa.wiring.server import open_server


async def create_task(asked: Asked, *, settings: Settings) -> int:
    """Queue one run there."""
    async with open_server(settings) as server:
        made = await server.post("/v1/tasks", CreatedTask, _body(asked), key=str(uuid4()))
    if asked.options.is_json:
        print_json(made.as_said())
    else:
        print_line(f"task {made.task}: run {made.run}, {made.state}")
    return ExitCode.DONE


async def create_many(lines: Mapping[int, Asked], outcomes: Outcomes, *, settings: Settings) -> int:
    """Queue a run there for each line, many with each request; what one of them queued is said before the next."""
    tasks = {line: _body(asked) for line, asked in lines.items()}
    too_large = InvalidRequest(
        f"it is larger than the {LONGEST_BODY_BYTES // 1_000_000} MB that a server takes at once"
    )
    for line in [line for line, task in tasks.items() if not fits(task)]:
        outcomes.refused(line, code=too_large.code, message=str(too_large))
        del tasks[line]
    async with open_server(settings) as server:
        for parcel in parcels_of(tasks):
            try:
                answered = await _send(parcel, server, settings)
            except EaaError as error:
                return outcomes.break_off(error)
            for line, one in answered.items():
                _say(line, one, outcomes)
    return outcomes.end()


async def _send(parcel: Parcel, server: HttpGateway, settings: Settings) -> dict[int, Outcome]:
    body = {"tasks": list(parcel.tasks.values())}
    answered = (await server.post("/v1/tasks/batch", Answered, body, key=str(uuid4()))).data
    if len(answered) != len(parcel.tasks):
        because = f"it was asked for {len(parcel.tasks)} tasks and answered for {len(answered)}"
        raise NotAServer(str(settings.server), because=because)
    return dict(zip(parcel.tasks, answered, strict=True))


def _say(line: int, one: Outcome, outcomes: Outcomes) -> None:
    if one.created is not None:
        outcomes.queued(line, one.created.as_said())
    elif one.error is not None:
        outcomes.refused(line, code=one.error.code, message=one.error.message)


def _body(asked: Asked) -> dict[str, Any]:
    options = asked.options
    # A folder of this machine is another one there, unless the server is here.
    repository = options.repo if "://" in options.repo else str(Path(options.repo).absolute())
    body = {
        "request": options.request if asked.issue is None else asked.issue.text,
        "repository": repository,
        "base": options.base,
        "kind": options.kind,
        "offline": options.is_offline,
        "stops_at_plan": options.stops_at_plan,
        "budget_usd": options.budget_usd,
        "priority": asked.priority,
        "python": options.python,
        "test_command": options.test_command,
        "may_install": options.has_consent,
    }
    return {name: value for name, value in body.items() if value is not None}
