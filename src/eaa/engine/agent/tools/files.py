"""Reading and editing files of the workspace."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from eaa.domain.errors import ToolRefused, UnsafeTree
from eaa.domain.repository import FileChange, FileMode
from eaa.engine.agent.edits.applying import apply_edit
from eaa.engine.agent.edits.reading import read_edits
from eaa.engine.agent.edits.shapes import Edit
from eaa.engine.agent.output import shorten, visible
from eaa.engine.agent.paths import file_path
from eaa.engine.agent.tools.outcome import Outcome
from eaa.engine.agent.workplace import Workplace
from eaa.ports.language import Language

_MOST_LINES = 400
_SHOWN_BYTES = 24 * 1024
_LARGEST_EDITED = 8 * 1024 * 1024


async def read(arguments: Mapping[str, Any], place: Workplace) -> Outcome:
    """Show lines of a file, numbered.

    Raises:
        ToolRefused: There is no such file, it is no text, or it has no such lines.
    """
    path = file_path(str(arguments["path"]))
    lines = _text_of(path, await _content(path, place)).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    first = int(arguments.get("first_line", 1))
    asked_last = int(arguments.get("last_line", first + _MOST_LINES - 1))
    last = min(asked_last, len(lines), first + _MOST_LINES - 1)
    if not lines:
        return Outcome(f"{path} is empty")
    if first > len(lines) or asked_last < first:
        raise ToolRefused(f"{path} has {len(lines)} lines; there is no {first} to {asked_last}")
    numbered = "\n".join(f"{number:6}\t{lines[number - 1]}" for number in range(first, last + 1))
    shown, is_cut = shorten(numbered, limit_bytes=_SHOWN_BYTES)
    rest = "" if (first, last) == (1, len(lines)) else f", lines {first} to {last} of {len(lines)}"
    return Outcome(f"{path}{rest}\n{visible(shown)}", whole=numbered if is_cut else None)


async def edit(arguments: Mapping[str, Any], place: Workplace, language: Language) -> Outcome:
    """Change files: all that is asked for, or nothing.

    Raises:
        ToolRefused: An edit does not fit. Nothing was written.
    """
    before: dict[str, str | None] = {}
    texts: dict[str, str | None] = {}
    for one in read_edits(arguments):
        path = file_path(one.path)
        if path not in texts:
            before[path] = texts[path] = await _editable(path, place)
        texts[path] = _applied(one, texts[path])
    changes = [
        FileChange(path, None if text is None else text.encode(errors="replace")) for path, text in texts.items()
    ]
    try:
        await place.write(changes)
    except UnsafeTree as refused:
        raise ToolRefused(str(refused)) from refused
    lines = [_done(path, before[path], text) for path, text in texts.items()]
    faults = [fault for path, text in texts.items() if (fault := _new_fault(path, before[path], text, language))]
    return Outcome("\n".join([*lines, *faults]))


def _applied(one: Edit, text: str | None) -> str | None:
    """Put an edit onto a text whose lines may all end as on Windows; models write line feeds alone."""
    if text is None or "\r\n" not in text or text.count("\n") != text.count("\r\n"):
        return apply_edit(one, text)
    after = apply_edit(one, text.replace("\r\n", "\n"))
    return None if after is None else after.replace("\r\n", "\n").replace("\n", "\r\n")


async def _content(path: str, place: Workplace) -> bytes:
    content = await place.read(path)
    if content is None:
        near = difflib.get_close_matches(path, place.paths(), n=3, cutoff=0.5)
        near = near or [known for known in place.paths() if known.endswith(f"/{path.rpartition('/')[2]}")][:3]
        raise ToolRefused(f"there is no file {path}" + (f"; there is {', '.join(near)}" if near else ""))
    return content


def _text_of(path: str, content: bytes) -> str:
    if b"\0" in content[:8_192]:
        raise ToolRefused(f"{path} is no text ({len(content)} bytes)")
    return content.decode(errors="replace").replace("\r\n", "\n")


async def _editable(path: str, place: Workplace) -> str | None:
    if place.mode(path) in (FileMode.SYMLINK, FileMode.GITLINK):
        raise ToolRefused(f"{path} is a link or a submodule; edit what it leads to")
    content = await place.read(path)
    if content is None:
        return None
    if len(content) > _LARGEST_EDITED:
        raise ToolRefused(f"{path} is too large to edit here ({len(content)} bytes); use the shell")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ToolRefused(f"{path} is not UTF-8; use the shell") from error


def _done(path: str, before: str | None, after: str | None) -> str:
    if after is None:
        return f"{path} removed"
    old, new = (before or "").split("\n"), after.split("\n")
    first, last_old, last_new = _span(old, new)
    lines = f"lines {first + 1} to {last_new}" if last_new > first + 1 else f"line {first + 1}"
    if before is None:
        return f"{path} made, {len(new) - (not new[-1])} lines"
    return f"{path} changed, {lines} ({last_new - first} for {last_old - first})"


def _new_fault(path: str, before: str | None, after: str | None, language: Language) -> str | None:
    """Return what to say of a file that no longer parses."""
    if after is None:
        return None
    fault = language.syntax_fault(path, after.encode(errors="replace"))
    if fault is None or (before is not None and language.syntax_fault(path, before.encode())):
        return None
    return f"[{path} does not parse now: {fault}]"


def _span(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """Return the first line that differs, and the ends of the parts that differ, in the old and the new text."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    tail = 0
    while tail < min(len(old), len(new)) - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return first, len(old) - tail, len(new) - tail
