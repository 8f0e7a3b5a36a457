"""Paths as models write them."""

import os

from eaa.domain.errors import ToolRefused

_MOUNTED_AT = "/src"
"""Where commands see the workspace."""
_LONGEST = 4_096


def workspace_path(said: str) -> str:
    """Return a path relative to the workspace.

    Raises:
        ToolRefused: It leaves the workspace, enters a `.git`, or is no path at all.
    """
    text = said.strip()
    if text == _MOUNTED_AT or text.startswith(f"{_MOUNTED_AT}/"):
        text = text[len(_MOUNTED_AT) :].lstrip("/")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if text.startswith("/") or ".." in parts:
        raise ToolRefused(f"{said!r} is outside of the workspace; paths are relative to its top")
    if any(part.casefold().rstrip(". ") == ".git" for part in parts):
        raise ToolRefused(f"{said!r} is inside of `.git`, which stays as it is")
    if len(text) > _LONGEST or any(ord(character) < 0x20 or character == "\x7f" for character in text):
        raise ToolRefused("that is no path: it is too long or holds control characters")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise ToolRefused("that is no path: it holds characters that are no text") from error
    return "/".join(parts) or "."


def file_path(said: str) -> str:
    """Return the path of a file relative to the workspace.

    Raises:
        ToolRefused: It leaves the workspace, enters a `.git`, or names the workspace itself.
    """
    path = workspace_path(said)
    if path == ".":
        raise ToolRefused("a file's path is needed")
    return path
