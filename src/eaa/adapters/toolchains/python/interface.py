"""What a Python file offers to others."""

import ast
from collections.abc import Sequence

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.symbols import assigned_names, definitions, is_public, signature


def interface_of(source: bytes) -> tuple[str, ...]:
    """Return the signatures of public functions, classes, methods and variables, sorted.

    `__all__` decides which top-level names are public, where a file has it. Special methods belong to their class's
    interface; methods are named with their class.
    """
    tree = parse_quietly(source)
    listed = _listed(tree.body)
    return tuple(sorted({signature(name, node) for name, node in definitions(tree.body) if _is_offered(name, listed)}))


def _listed(body: Sequence[ast.stmt]) -> frozenset[str] | None:
    for node in body:
        if "__all__" in assigned_names(node):
            value = getattr(node, "value", None)
            if isinstance(value, ast.List | ast.Tuple):
                parts = [part.value for part in value.elts if isinstance(part, ast.Constant)]
                return frozenset(part for part in parts if isinstance(part, str))
    return None


def _is_offered(name: str, listed: frozenset[str] | None) -> bool:
    top, *rest = name.split(".")
    is_top_offered = top in listed if listed is not None else is_public(top)
    return is_top_offered and all(is_public(part) or _is_special(part) for part in rest)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
