"""The tools as models see them. Every role is shown the same ones, so that their prompts share a beginning.

They stand in every prompt, so what a model is shown is as short as it can be. Its calls are held against stricter
schemas (`checked`): what the short ones leave to the model's sense is answered with words when the sense fails.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from eaa.domain.completion import ToolSpec

SHELL, READ, SEARCH, EDIT = "shell", "read", "search", "edit"
ADD_DEPENDENCY, ASK, SUBMIT = "add_dependency", "ask", "submit"

_TEXT: Mapping[str, Any] = {"type": "string"}
_NUMBER: Mapping[str, Any] = {"type": "integer"}
_FLAG: Mapping[str, Any] = {"type": "boolean"}
_TEXTS: Mapping[str, Any] = {"type": "array", "items": _TEXT}
_LINE: Mapping[str, Any] = {"type": "integer", "minimum": 1}
_STRICTER: Mapping[str, Mapping[str, Any]] = {
    "timeout_s": {"type": "integer", "minimum": 1, "maximum": 600},
    "first_line": _LINE,
    "last_line": _LINE,
    "options": {"type": "array", "items": _TEXT, "maxItems": 6},
}


def _spec(tool: str, description: str, required: tuple[str, ...], **properties: Mapping[str, Any]) -> ToolSpec:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ToolSpec(tool, description, json.dumps(schema, separators=(",", ":")))


TOOLS: tuple[ToolSpec, ...] = (
    _spec(
        SHELL,
        "Run bash at the top of the workspace, at most timeout_s (120). Only files stay between calls.",
        ("command",),
        command=_TEXT,
        timeout_s=_NUMBER,
    ),
    _spec(READ, "Show a file's lines, numbered.", ("path",), path=_TEXT, first_line=_NUMBER, last_line=_NUMBER),
    _spec(
        SEARCH,
        "Search files for an extended regex, or for is_text.",
        ("pattern",),
        pattern=_TEXT,
        path=_TEXT,
        is_text=_FLAG,
    ),
    _spec(
        EDIT,
        "Change files: path+old+new (old once in the file), path+content (whole file), or patch "
        "(SEARCH/REPLACE blocks, unified diff).",
        (),
        path=_TEXT,
        old=_TEXT,
        new=_TEXT,
        content=_TEXT,
        patch=_TEXT,
    ),
    _spec(
        ADD_DEPENDENCY,
        "Ask for a missing package, range such as >=2,<3.",
        ("name", "range", "why"),
        name=_TEXT,
        range=_TEXT,
        why=_TEXT,
    ),
    _spec(ASK, "Ask a person; the work waits.", ("question",), question=_TEXT, options=_TEXTS),
    _spec(SUBMIT, "The work is done: what and why.", ("summary",), summary=_TEXT),
)
"""In the order in which they are sent."""

ALL_TOOLS = frozenset(spec.name for spec in TOOLS)
READING_TOOLS = frozenset({SHELL, READ, SEARCH, ASK, SUBMIT})
"""For a role that must not write files. Its shell can, in a workspace whose changes nobody takes over."""


def checked(spec: ToolSpec) -> ToolSpec:
    """Return the tool with the schema that its calls are held against: ours are stricter than what is shown."""
    if spec.name not in ALL_TOOLS:
        return spec
    schema = json.loads(spec.parameters_json)
    properties = {name: _STRICTER.get(name, shown) for name, shown in schema["properties"].items()}
    strict = {**schema, "properties": properties, "additionalProperties": False}
    return replace(spec, parameters_json=json.dumps(strict, separators=(",", ":")))
