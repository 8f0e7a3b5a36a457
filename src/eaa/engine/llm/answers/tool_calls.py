"""Tool calls as models write them, held against what was offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from eaa.domain.completion import ToolCall, ToolSpec
from eaa.ports.schemas import Schemas


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A tool call with its arguments decoded, or what is wrong with it in words for the model."""

    call: ToolCall
    arguments: Mapping[str, Any]
    problems: tuple[str, ...] = ()


def check_calls(calls: Sequence[ToolCall], tools: Sequence[ToolSpec], *, schemas: Schemas) -> tuple[CheckedCall, ...]:
    """Return every call, checked; none is dropped, for the model waits for an answer to each."""
    by_name = {tool.name: tool for tool in tools}
    return tuple(_checked(call, by_name, schemas) for call in calls)


def _checked(call: ToolCall, tools: Mapping[str, ToolSpec], schemas: Schemas) -> CheckedCall:
    tool = tools.get(call.name)
    if tool is None:
        return CheckedCall(call, {}, (f"there is no tool {call.name!r}; tools are {', '.join(tools) or 'none'}",))
    try:
        # Some models write nothing where they mean an empty object.
        arguments = msgspec.json.decode(call.arguments_json.strip() or "{}")
    except (msgspec.DecodeError, RecursionError) as error:
        return CheckedCall(call, {}, (f"the arguments are not JSON: {error}",))
    if not isinstance(arguments, dict):
        return CheckedCall(call, {}, ("the arguments are not an object",))
    return CheckedCall(call, arguments, schemas.problems(arguments, tool.parameters_json))
