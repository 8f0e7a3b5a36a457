"""Which modules a Python file imports."""

import ast
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.domain.language import Import


def imports_of(path: str, source: bytes) -> tuple[Import, ...]:
    """Return every import of a file in order, those inside functions too. `import a, b` is two imports without names.

    Relative ones are resolved by the file's path, in which a first folder `src` is an import root and no package.
    """
    nodes = [node for node in ast.walk(parse_quietly(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(found for node in nodes for found in _imports(path, node))


def _imports(path: str, node: ast.Import | ast.ImportFrom) -> tuple[Import, ...]:
    if isinstance(node, ast.Import):
        return tuple(Import(path=path, line=node.lineno, module=alias.name, names=()) for alias in node.names)
    names = tuple(alias.name for alias in node.names)
    return (Import(path=path, line=node.lineno, module=_absolute(path, node), names=names),)


def _absolute(path: str, node: ast.ImportFrom) -> str:
    module = node.module or ""
    if not node.level:
        return module
    package = PurePosixPath(path).parent.parts
    package = package[1:] if package[:1] == ("src",) else package
    kept = package[: max(0, len(package) - node.level + 1)]
    return ".".join([*kept, *([module] if module else [])])
