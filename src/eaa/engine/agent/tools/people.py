"""The tools with which a model turns to people: wishes, questions, and the end of its work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from eaa.domain.errors import ToolRefused
from eaa.domain.transcript import Ended, EndReason, Entry, Replied, ToolEnded
from eaa.engine.agent.output import visible
from eaa.engine.agent.tools.outcome import Outcome
from eaa.engine.agent.tools.specs import ADD_DEPENDENCY


@dataclass(frozen=True, slots=True)
class DependencyWish:
    """A package that a model wants; a person approves it or not."""

    name: str
    range: str
    why: str


def add_dependency(arguments: Mapping[str, Any]) -> Outcome:
    """Take a wish down: the transcript holds it."""
    name = visible(str(arguments["name"])).strip()
    return Outcome(
        f"Noted. A person must approve {name} before it is installed; it is not here in this run. "
        "Go on without it, or `submit` and say what depends on it."
    )


def ask(arguments: Mapping[str, Any], *, calls: int) -> Outcome:
    """Put a question to a person.

    Raises:
        ToolRefused: It came together with other calls, or asks nothing.
    """
    _alone("ask", calls)
    question = _said("question", arguments)
    options = tuple(str(option) for option in arguments.get("options") or ())
    return Outcome(
        "The question is put to a person; the answer follows.", ends=Ended(EndReason.ASKED, question, options)
    )


def submit(arguments: Mapping[str, Any], *, calls: int) -> Outcome:
    """End the work.

    Raises:
        ToolRefused: It came together with other calls, or says nothing.
    """
    _alone("submit", calls)
    return Outcome("Submitted.", ends=Ended(EndReason.SUBMITTED, _said("summary", arguments)))


def wishes_of(entries: Sequence[Entry]) -> tuple[DependencyWish, ...]:
    """Return the packages that were wished for, in order, each once."""
    wishes: dict[DependencyWish, None] = {}
    reply: Replied | None = None
    for entry in entries:
        match entry:
            case Replied():
                reply = entry
            case ToolEnded(tool=tool, is_error=False) if tool == ADD_DEPENDENCY and reply is not None:
                call = reply.completion.tool_calls[entry.index]
                wishes[msgspec.json.decode(call.arguments_json, type=DependencyWish)] = None
            case _:
                pass
    return tuple(wishes)


def _alone(tool: str, calls: int) -> None:
    if calls > 1:
        raise ToolRefused(f"call `{tool}` alone, after you have seen what the other tools answered")


def _said(name: str, arguments: Mapping[str, Any]) -> str:
    text = str(arguments[name]).strip()
    if not text:
        raise ToolRefused(f"`{name}` is empty")
    return text
