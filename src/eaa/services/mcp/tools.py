"""The tools that other programs see: names, words, and the schemas that their arguments are held against."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.kind import Kind
from eaa.ports.schemas import Schemas
from eaa.services.mcp.creating import LONGEST_REQUEST_CHARACTERS, Asked, create
from eaa.services.mcp.house import House
from eaa.services.mcp.steering import LONGEST_ANSWER_CHARACTERS, answer, stop
from eaa.services.mcp.telling import evidence, show


class ToolUnknown(EaaError):
    """A program called a tool that is not ours."""

    code = "mcp.tool_unknown"


@dataclass(frozen=True, slots=True)
class DoorTool:
    """A tool as it is listed."""

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    is_reading: bool
    """It changes nothing."""
    is_destructive: bool = False
    is_repeatable: bool = True
    """Called again with the same arguments, it does no more."""


def _object(required: tuple[str, ...], **properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_NAME = {
    "type": "string",
    "pattern": "^(tsk|run)_[0-9A-Za-z]{1,40}$",
    "description": "A task's id, meaning its newest run; or a run's id.",
}
_SHORT = {"type": "string", "minLength": 1, "maxLength": 1_000}

DOOR_TOOLS = (
    DoorTool(
        "create",
        "Start a task",
        "Let the engineering team work on an issue of a git repository. Returns the ids of the task and its run at "
        "once; the work goes on in the background and takes minutes. Its result is a new branch with a tested change "
        "and evidence; the checkout is never written. The same request on the same commit is the same task.",
        _object(
            ("request", "repository"),
            request={
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_REQUEST_CHARACTERS,
                "description": "The issue: what is wrong or wanted, best with an example and its result.",
            },
            repository={**_SHORT, "description": "Absolute path of the repository on this machine, or its address."},
            base={**_SHORT, "description": "Branch, tag or commit to start from; the checked-out one by default."},
            kind={"type": "string", "enum": [*Kind], "description": "Read out of the request by default."},
            offline={"type": "boolean", "description": "Work without a model."},
            budget_usd={"type": "number", "minimum": 0, "description": "The most that models may cost."},
        ),
        is_reading=False,
    ),
    DoorTool(
        "show",
        "Look at a task",
        "How a task's run stands: state, verdict with a note, branch, cost in millionths of a US dollar, and what it "
        "asks, if it does.",
        _object(("name",), name=_NAME),
        is_reading=True,
    ),
    DoorTool(
        "stop",
        "Stop a run",
        "Stop a run for good. What it does is dead when this returns, and nothing is written outside after it.",
        _object(("name",), name=_NAME),
        is_reading=False,
        is_destructive=True,
    ),
    DoorTool(
        "evidence",
        "Read the evidence",
        "The evidence of a run: each criterion with its tests, their outcomes before and after the change, and the "
        "verdict. `eaa verify RUN` derives it again.",
        _object(("name",), name=_NAME),
        is_reading=True,
    ),
    DoorTool(
        "answer",
        "Answer a question",
        "Answer what a run asks (see `show`); the run goes on with it.",
        _object(
            ("name", "text"),
            name=_NAME,
            text={"type": "string", "minLength": 1, "maxLength": LONGEST_ANSWER_CHARACTERS},
        ),
        is_reading=False,
        is_repeatable=False,
    ),
)


async def use(name: str, arguments: Mapping[str, Any], house: House, *, schemas: Schemas) -> dict[str, Any]:
    """Do what a program asks for and return what it is told.

    Raises:
        ToolUnknown: There is no such tool.
        InvalidRequest: The arguments do not fit the tool's schema, or cannot be followed.
        EaaError: What else stands in the way.
    """
    tool = next((one for one in DOOR_TOOLS if one.name == name), None)
    if tool is None:
        names = ", ".join(one.name for one in DOOR_TOOLS)
        raise ToolUnknown(f"there is no tool {name!r}", hint=f"Tools are: {names}.")
    problems = schemas.problems(dict(arguments), json.dumps(tool.schema))
    if problems:
        raise InvalidRequest(f"{name}: {'; '.join(problems)}", hint="`tools/list` gives the schema of the arguments.")
    match tool.name:
        case "create":
            return await create(msgspec.convert(dict(arguments), Asked), house)
        case "show":
            return await show(arguments["name"], house)
        case "stop":
            return await stop(arguments["name"], house)
        case "evidence":
            return await evidence(arguments["name"], house)
        case _:
            return await answer(arguments["name"], arguments["text"], house)
