"""Which definitions a Python file holds, and where its names are called."""

import ast
from collections.abc import Iterator, Sequence

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.domain.language import Symbol, SymbolKind

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def symbols_of(path: str, source: bytes) -> tuple[Symbol, ...]:
    """Return functions, classes, methods and module variables, in order. A variable counts where it is set first."""
    found: dict[tuple[str, int], Symbol] = {}
    variables: set[str] = set()
    for name, node in definitions(parse_quietly(source).body):
        if isinstance(node, Definition):
            found[name, node.lineno] = _symbol(path, name, node)
        elif name not in variables:
            variables.add(name)
            found[name, node.lineno] = _symbol(path, name, node)
    return tuple(found.values())


def definitions(body: Sequence[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Return (qualified name, node) of everything a body defines, classes before what they hold.

    Definitions below `if`, `try` and `with` count; those inside functions do not, nor do a class's variables.
    """
    for node in body:
        if isinstance(node, Definition):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from definitions(_inner(node), prefix)
        elif not prefix:
            yield from ((name, node) for name in assigned_names(node))


def assigned_names(node: ast.stmt) -> tuple[str, ...]:
    """Return the plain names that an assignment sets, none for other statements."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    parts = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return tuple(part.id for part in parts if isinstance(part, ast.Name))


def signature(name: str, node: ast.stmt) -> str:
    """Return one line that says how a definition is used, under the name given."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(part) for part in [*node.bases, *node.keywords])
        line = f"class {name}({bases})" if bases else f"class {name}"
    elif isinstance(node, Function):
        result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        line = f"{word} {name}({ast.unparse(node.args)}){result}"
    else:
        line = f"{name}: {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else name
    return " ".join(line.split())


def is_public(name: str) -> bool:
    """Return whether no part of a qualified name begins with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


def first_line(node: ast.stmt) -> int:
    """Return the line a definition begins on, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def call_lines(source: bytes, name: str) -> tuple[int, ...]:
    """Return the lines, ascending, on which something of this last name is called."""
    calls = (node for node in ast.walk(parse_quietly(source)) if isinstance(node, ast.Call))
    return tuple(sorted({_name_line(call.func) for call in calls if last_name(call.func) == name}))


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, empty for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _name_line(node: ast.expr) -> int:
    return node.end_lineno or node.lineno


def _inner(node: ast.If | ast.Try | ast.With) -> list[ast.stmt]:
    if isinstance(node, ast.With):
        return node.body
    if isinstance(node, ast.If):
        return [*node.body, *node.orelse]
    handled = [statement for handler in node.handlers for statement in handler.body]
    return [*node.body, *handled, *node.orelse, *node.finalbody]


def _symbol(path: str, name: str, node: ast.stmt) -> Symbol:
    return Symbol(
        path=path,
        qualified_name=name,
        kind=_kind(name, node),
        first_line=first_line(node),
        last_line=node.end_lineno or node.lineno,
        signature=signature(name.rpartition(".")[2], node),
        is_public=is_public(name),
    )


def _kind(name: str, node: ast.stmt) -> SymbolKind:
    if isinstance(node, ast.ClassDef):
        return SymbolKind.CLASS
    if isinstance(node, Function):
        return SymbolKind.METHOD if "." in name else SymbolKind.FUNCTION
    return SymbolKind.VARIABLE
