"""The file of `eaa task create --from`: one JSON object a line, each checked by itself before any is queued."""

import codecs
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from eaa.cli.asked import Asked, asked_of
from eaa.cli.options import RunOptions
from eaa.domain.budget import MOST_USD
from eaa.domain.errors import InvalidRequest
from eaa.domain.kind import Kind

MOST_LINES = 1_000
LONGEST_FILE_BYTES = 256_000_000
_LONGEST_NAMES_CHARACTERS = 200
ValueT = TypeVar("ValueT")


def read_lines(file: Path, options: RunOptions, *, priority: int) -> dict[int, Asked | InvalidRequest]:
    """Return by its number what each line asks for, or why it cannot be used; empty lines are left out.

    Args:
        file: UTF-8, with or without a byte order mark.
        options: What a line does not say is as here.
        priority: The same.

    Raises:
        InvalidRequest: The file cannot be read, or is too long.
    """
    lines: dict[int, Asked | InvalidRequest] = {}
    for number, line in _numbered(file):
        try:
            lines[number] = _asked_in(line, options, priority)
        except InvalidRequest as error:
            lines[number] = error
    return lines


def _numbered(file: Path) -> list[tuple[int, bytes]]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LONGEST_FILE_BYTES + 1)
    except OSError as error:
        hint = "Name a file with one JSON object a line."
        raise InvalidRequest(f"{file} cannot be read: {error.strerror}", hint=hint) from error
    if len(content) > LONGEST_FILE_BYTES:
        raise InvalidRequest(f"{file} is larger than {LONGEST_FILE_BYTES // 1_000_000} MB", hint="Split it.")
    # Only this ends a line: other characters that do so elsewhere may stand in a JSON text.
    rows = content.removeprefix(codecs.BOM_UTF8).split(b"\n")
    lines = [(number, row) for number, row in enumerate(rows, start=1) if row.strip()]
    if len(lines) > MOST_LINES:
        raise InvalidRequest(f"{file} has {len(lines)} lines", hint=f"At most {MOST_LINES} at a time; split it.")
    return lines


def _asked_in(line: bytes, options: RunOptions, priority: int) -> Asked:
    said = _object_in(line)
    unknown = said.keys() - _FIELDS.keys()
    if unknown:
        names = ", ".join(map(repr, sorted(unknown)))[:_LONGEST_NAMES_CHARACTERS]
        raise InvalidRequest(f"it has unknown names: {names}; known are {', '.join(sorted(_FIELDS))}")
    if "request" not in said:
        raise InvalidRequest("it has no `request`")
    values = {name: _FIELDS[name](value, name) for name, value in said.items()}
    own_priority = values.pop("priority", priority)
    own = replace(options, **{_OPTIONS.get(name, name): value for name, value in values.items()})
    return asked_of(own, priority=own_priority)


def _object_in(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise InvalidRequest("it is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise InvalidRequest(f"it is not JSON: {error.msg}, at character {error.pos + 1}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("it has a number that is too long, or is nested too deep") from error
    if not isinstance(said, dict):
        raise InvalidRequest("it is no JSON object")
    return said


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"`{name}` is no text")
    return value


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidRequest(f"`{name}` is neither true nor false")
    return value


def _kind(value: object, name: str) -> Kind:
    try:
        return Kind(_text(value, name))
    except ValueError as error:
        raise InvalidRequest(f"`{name}` is none of {', '.join(Kind)}") from error


def _whole_number(value: object, name: str) -> int:
    # True is a number for Python, and one with a fraction or 1e999 would be another after rounding.
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest(f"`{name}` is no whole number")
    return value


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(f"`{name}` is no number")
    # A whole number of JSON may be larger than any float.
    return float(value) if abs(value) <= MOST_USD else math.inf


def _or_nothing(read: Callable[[object, str], ValueT]) -> Callable[[object, str], ValueT | None]:
    return lambda value, name: None if value is None else read(value, name)


_FIELDS: dict[str, Callable[[object, str], Any]] = {
    "request": _text,
    "repo": _text,
    "base": _or_nothing(_text),
    "kind": _or_nothing(_kind),
    "offline": _yes_or_no,
    "plan": _yes_or_no,
    "budget_usd": _number,
    "priority": _whole_number,
}
_OPTIONS = {"offline": "is_offline", "plan": "stops_at_plan"}
"""Fields that are called otherwise among the options."""
