"""The tools as models see them. Every role is shown the same ones, so that their prompts share a beginning."""

import json
from collections.abc import Mapping
from typing import Any

from eaa.domain.completion import ToolSpec

SHELL, READ, SEARCH, EDIT = "shell", "read", "search", "edit"
ADD_DEPENDENCY, ASK, SUBMIT = "add_dependency", "ask", "submit"

_TEXT: Mapping[str, Any] = {"type": "string"}
_LINE: Mapping[str, Any] = {"type": "integer", "minimum": 1}


def _spec(tool: str, description: str, required: tuple[str, ...], **properties: Mapping[str, Any]) -> ToolSpec:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return ToolSpec(tool, description, json.dumps(schema, separators=(",", ":")))


TOOLS: tuple[ToolSpec, ...] = (
    _spec(
        SHELL,
        "Run a command in bash at the top of the workspace: offline, no state kept between calls but files.",
        ("command",),
        command=_TEXT,
        timeout_s={"type": "integer", "minimum": 1, "maximum": 600, "description": "default 120"},
    ),
    _spec(READ, "Show a file's lines, numbered.", ("path",), path=_TEXT, first_line=_LINE, last_line=_LINE),
    _spec(
        SEARCH,
        "Search file contents; shows path:line:text.",
        ("pattern",),
        pattern={"type": "string", "description": "extended regular expression"},
        path={"type": "string", "description": "file or folder, default all"},
        is_text={"type": "boolean", "description": "take the pattern literally"},
    ),
    _spec(
        EDIT,
        "Change files in one of: path+old+new (`old` exactly once in the file); path+content (whole file); "
        "patch (SEARCH/REPLACE blocks or a unified diff).",
        (),
        path=_TEXT,
        old=_TEXT,
        new=_TEXT,
        content=_TEXT,
        patch=_TEXT,
    ),
    _spec(
        ADD_DEPENDENCY,
        "Ask for a package that is not installed; a person approves it later.",
        ("name", "range", "why"),
        name=_TEXT,
        range={"type": "string", "description": "such as >=2,<3"},
        why=_TEXT,
    ),
    _spec(
        ASK,
        "Put a question to a person; the work waits.",
        ("question",),
        question=_TEXT,
        options={"type": "array", "items": {"type": "string"}, "maxItems": 6},
    ),
    _spec(SUBMIT, "The work is done.", ("summary",), summary={"type": "string", "description": "what and why"}),
)
"""In the order in which they are sent."""

ALL_TOOLS = frozenset(spec.name for spec in TOOLS)
READING_TOOLS = frozenset({SHELL, READ, SEARCH, ASK, SUBMIT})
"""For a role that must not write files. Its shell can, in a workspace whose changes nobody takes over."""
