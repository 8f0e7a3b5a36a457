"""Puts an edit onto a file's text, or says what was found in the place of what it expects."""

import re
from collections.abc import Sequence
from typing import assert_never

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.edits.places import Place, closest, find_places, numbered_places
from eaa.engine.agent.edits.shapes import Edit, Hunk, Hunks, Mark, Removal, Replacement, WholeFile

_LEFT_OUT = re.compile(
    r"\s*(?:#|//|--|/\*|<!--|;)?\s*(?:\.\.\.|…).*\b(?:rest|unchanged|existing|remain\w*|same|omitted)\b", re.IGNORECASE
)


def apply_edit(edit: Edit, before: str | None) -> str | None:
    """Return the file's text after the edit; None when it goes.

    Args:
        edit: What is wanted.
        before: The file's text with line feeds between its lines; None when there is no such file.

    Raises:
        ToolRefused: It does not fit, or nothing would change. The words are for the model.
    """
    match edit:
        case WholeFile():
            after: str | None = _whole(edit, before)
        case Replacement():
            after = _replaced(edit, _there(edit.path, before))
        case Removal():
            _there(edit.path, before)
            return None
        case Hunks():
            after = _patched(edit, before)
        case _:
            assert_never(edit)
    if after == before:
        raise ToolRefused(f"nothing would change: {edit.path} already is as you want it")
    return after


def _there(path: str, before: str | None) -> str:
    if before is None:
        raise ToolRefused(f"there is no file {path}; to make one, give `path` and `content`")
    return before


def _whole(edit: WholeFile, before: str | None) -> str:
    known = set(before.split("\n")) if before is not None else None
    for number, line in enumerate(edit.content.split("\n"), start=1):
        if known is not None and line not in known and _LEFT_OUT.match(line):
            raise ToolRefused(
                f"line {number} of the content stands for text that you left out: {line.strip()!r}; "
                "give the whole file, or replace only what changes with `old` and `new`"
            )
    return edit.content


def _replaced(edit: Replacement, before: str) -> str:
    if edit.is_of_lines:
        return _replaced_lines(edit, before)
    if not edit.old:
        raise ToolRefused("`old` is empty; give the text to replace, or `content` for the whole file")
    if edit.old == edit.new:
        raise ToolRefused("nothing would change: `old` and `new` are the same")
    starts = _occurrences(before, edit.old)
    if len(starts) == 1:
        return before[: starts[0]] + edit.new + before[starts[0] + len(edit.old) :]
    if starts:
        raise _many(edit.path, [before.count("\n", 0, start) for start in starts])
    return _replaced_lines(edit, before)


def _occurrences(text: str, sought: str) -> list[int]:
    found, start = [], text.find(sought)
    while start >= 0:
        found.append(start)
        start = text.find(sought, start + 1)
    return found


def _replaced_lines(edit: Replacement, before: str) -> str:
    """Replace whole lines that differ from the file's in whitespace only."""
    old, new = _lines(edit.old), _lines(edit.new)
    lines = before.split("\n")
    place = _one_place(edit.path, lines, old)
    added = _indented(edit.path, place, new)
    return "\n".join([*lines[: place.index], *added, *lines[place.index + len(old) :]])


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _one_place(path: str, lines: Sequence[str], wanted: Sequence[str]) -> Place:
    places = find_places(lines, wanted) if any(line.strip() for line in wanted) else ()
    if not places:
        raise _not_there(path, lines, wanted)
    if len(places) > 1 and places[0].is_exact:
        raise _many(path, [place.index for place in places])
    if len(places) > 1:
        found = numbered_places([place.index for place in places])
        raise ToolRefused(
            f"the text is not in {path} exactly, and but for whitespace it is there {len(places)} times ({found}); "
            "give it exactly, with lines around it"
        )
    return places[0]


def _many(path: str, places: Sequence[int]) -> ToolRefused:
    found = numbered_places(places)
    return ToolRefused(
        f"the text stands {len(places)} times in {path} ({found}); add lines around it until it is unique"
    )


def _not_there(path: str, lines: Sequence[str], wanted: Sequence[str]) -> ToolRefused:
    near = closest(lines, wanted)
    found = f"What comes closest is:\n{near}" if near else f"Nothing like it is in the file's {len(lines)} lines."
    return ToolRefused(f"the text is not in {path}. {found}")


def _indented(path: str, place: Place, lines: Sequence[str]) -> list[str]:
    indented = [place.indented(line) for line in lines]
    if None in indented:
        raise ToolRefused(
            f"the text in {path} is indented in another way than `old`, and it is not clear how `new` has to be; "
            f"give both exactly as in the file, from line {place.index + 1}"
        )
    return [line for line in indented if line is not None]


def _patched(edit: Hunks, before: str | None) -> str:
    if before is None and any(hunk.old for hunk in edit.hunks):
        raise ToolRefused(f"the patch expects lines in {edit.path}, and there is no such file")
    ends_bare = bool(before) and not (before or "").endswith("\n")
    lines, done, cursor = _lines(before or ""), list[str](), 0
    for hunk in edit.hunks:
        place = _place_of(edit.path, lines, hunk, cursor)
        done += lines[cursor : place.index]
        done += _hunk_result(edit.path, place, lines, hunk)
        cursor = place.index + len(hunk.old)
    done += lines[cursor:]
    if any(hunk.old_ends_bare != hunk.new_ends_bare for hunk in edit.hunks):
        ends_bare = any(hunk.new_ends_bare for hunk in edit.hunks)
    return "\n".join(done) + ("" if ends_bare or not done else "\n")


def _place_of(path: str, lines: Sequence[str], hunk: Hunk, start: int) -> Place:
    hint = None if hunk.first_line is None else hunk.first_line - 1
    if not hunk.old:
        return _place_to_insert(path, lines, hunk, start)
    places = find_places(lines, hunk.old, start=start)
    at_hint = [place for place in places if place.index == hint and place.is_exact]
    if at_hint or len(places) == 1:
        return (at_hint or list(places))[0]
    if not places:
        raise _not_there(path, lines, hunk.old)
    found = numbered_places([place.index for place in places])
    raise ToolRefused(
        f"a hunk fits {path} in {len(places)} places ({found}), none of them where its header says; give more context"
    )


def _place_to_insert(path: str, lines: Sequence[str], hunk: Hunk, start: int) -> Place:
    # `-7,0` means: after line 7.
    index = 0 if not lines else hunk.first_line
    if index is None or not start <= index <= len(lines):
        raise ToolRefused(f"a hunk that only adds lines to {path} does not say where; give the lines around them too")
    return Place(index, is_exact=True)


def _hunk_result(path: str, place: Place, lines: Sequence[str], hunk: Hunk) -> list[str]:
    """Return the lines that a hunk leaves in its place; kept ones as the file has them."""
    added = iter(_indented(path, place, [text for mark, text in hunk.lines if mark is Mark.ADDED]))
    result, index = [], place.index
    for mark, _ in hunk.lines:
        if mark is Mark.ADDED:
            result.append(next(added))
            continue
        if mark is Mark.KEPT:
            result.append(lines[index])
        index += 1
    return result
