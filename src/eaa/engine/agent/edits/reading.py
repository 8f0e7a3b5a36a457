"""Which of the four shapes an edit is written in."""

from collections.abc import Mapping
from typing import Any

from eaa.domain.errors import ToolRefused
from eaa.engine.agent.edits.blocks import has_blocks, read_blocks
from eaa.engine.agent.edits.shapes import Edit, Replacement, WholeFile
from eaa.engine.agent.edits.unified import is_unified, read_unified

SHAPES = "`path`, `old` and `new`; or `path` and `content`; or `patch` with search/replace blocks or a unified diff"


def read_edits(arguments: Mapping[str, Any]) -> tuple[Edit, ...]:
    """Return what the arguments of an edit want, in order.

    Raises:
        ToolRefused: They are of none of the shapes, or of more than one.
    """
    path, old, new = arguments.get("path"), arguments.get("old"), arguments.get("new")
    content, patch = arguments.get("content"), arguments.get("patch")
    given = [name for name in ("old", "new", "content", "patch") if arguments.get(name) is not None]
    if given == ["patch"] and isinstance(patch, str):
        return _read_patch(patch, path)
    if path is None:
        raise ToolRefused(f"`path` is missing; give {SHAPES}")
    if given == ["old", "new"]:
        return (Replacement(path, str(old), str(new)),)
    if given == ["content"]:
        return (WholeFile(path, str(content)),)
    raise ToolRefused(f"{' and '.join(f'`{name}`' for name in given) or 'a path alone'} is no edit; give {SHAPES}")


def _read_patch(patch: str, path: str | None) -> tuple[Edit, ...]:
    if has_blocks(patch):
        return read_blocks(patch, path=path)
    edits = read_unified(patch, path=path) if is_unified(patch) else ()
    if not edits:
        raise ToolRefused(
            "the patch holds neither a block (`<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`) nor a unified diff "
            "(`--- a/PATH`, `+++ b/PATH`, `@@ … @@`)"
        )
    return edits
