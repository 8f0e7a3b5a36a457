"""Where the names come from that an example uses: the project, the standard library, or what its files import."""

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.domain.project import Project, TestSuite

_NOT_IMPORTED = frozenset({"setup", "conftest", "__main__", "noxfile"})
_WELL_KNOWN = {
    "Counter": "collections",
    "Decimal": "decimal",
    "Fraction": "fractions",
    "OrderedDict": "collections",
    "Path": "pathlib",
    "StringIO": "io",
    "BytesIO": "io",
    "date": "datetime",
    "defaultdict": "collections",
    "namedtuple": "collections",
    "timedelta": "datetime",
    "timezone": "datetime",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the modules of a project define and import."""

    modules: Mapping[str, frozenset[str]]
    """Module name → names that can be imported from it, for what the project itself defines."""
    paths: Mapping[str, str]
    """Module name → path."""
    imported: Mapping[str, str]
    """Name → the statement that some file of the project imports it with."""

    def home(self, name: str, hint: str = "") -> str | None:
        """Return the module a name is best imported from: one that the hint mentions, else the shallowest."""
        homes = [module for module, names in self.modules.items() if name in names]
        return min(homes, key=lambda module: (not _mentions(hint, module), module.count("."), module), default=None)

    def definer(self, name: str) -> str | None:
        """Return the one module, packages left out, that defines a name."""
        homes = [module for module, names in self.modules.items() if name in names]
        plain = [module for module in homes if not self.paths[module].endswith("__init__.py")]
        return plain[0] if len(plain) == 1 else None

    def statement(self, name: str, chains: frozenset[str], hint: str = "") -> str | None:
        """Return the import statement that makes a name known, or None.

        Args:
            name: The name as it is used.
            chains: Dotted uses of it, such as `os.path.join`; empty when it is only used bare.
            hint: Text that may mention the module.
        """
        home = self.home(name, hint)
        if home is not None:
            return f"from {home} import {name}"
        module = self._module(name, chains)
        return module or self.imported.get(name) or _standard(name, chains)

    def likely_home(self, hint: str) -> str | None:
        """Return the module where something new is expected: one that is mentioned, else the only package."""
        said = [module for module in self.modules if _mentions(hint, module)]
        if said:
            return max(said, key=lambda module: (module.count("."), module))
        tops = {module.partition(".")[0] for module in self.modules}
        return next(iter(tops)) if len(tops) == 1 and tops <= set(self.modules) else None

    def _module(self, name: str, chains: frozenset[str]) -> str | None:
        prefixes = {prefix for chain in chains for prefix in _prefixes(chain)} | {name}
        exact = [module for module in self.modules if module in prefixes]
        if exact:
            return f"import {max(exact, key=lambda module: (len(module), module))}"
        last = sorted(
            (module for module in self.modules if module.endswith(f".{name}")), key=lambda m: (m.count("."), m)
        )
        return f"from {last[0].rpartition('.')[0]} import {name}" if last else None


def read_names(project: Project, suite: TestSuite, files: Mapping[str, bytes]) -> Names:
    """Return what the project's source files define and what any of the files imports, tests first."""
    modules: dict[str, frozenset[str]] = {}
    paths: dict[str, str] = {}
    for path in sorted(set(project.source_paths) & set(files)):
        module = module_name(path, suite)
        if module is not None and PurePosixPath(path).stem not in _NOT_IMPORTED:
            modules[module] = frozenset(_defined(path, module, parse_quietly(files[path])))
            paths[module] = path
    imported: dict[str, str] = {}
    for path in sorted(files, key=lambda path: (path not in suite.test_paths, path)):
        for name, statement in _imported(parse_quietly(files[path])):
            imported.setdefault(name, statement)
    return Names(modules=modules, paths=paths, imported=imported)


def module_name(path: str, suite: TestSuite) -> str | None:
    """Return how tests import a file, packages by their folder; None for what no import root holds."""
    file = PurePosixPath(path)
    roots = sorted({*suite.import_roots, suite.root}, key=lambda root: (-len(PurePosixPath(root).parts), root))
    for root in roots:
        if root == "." or file.is_relative_to(root):
            parts = (file if root == "." else file.relative_to(root)).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None
    return None


def free_names(trees: list[ast.AST]) -> dict[str, frozenset[str]]:
    """Return the names that code uses and does not bind itself, builtins left out, each with its dotted uses."""
    bound = {name for tree in trees for node in ast.walk(tree) for name in _bound(node)}
    used: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.setdefault(node.id, set())
            elif isinstance(node, ast.Attribute) and (chain := _chain(node)):
                used.setdefault(chain.partition(".")[0], set()).add(chain)
    return {
        name: frozenset(chains)
        for name, chains in used.items()
        if name not in bound and not (hasattr(builtins, name) and name not in ("exit", "quit", "copyright"))
    }


def _mentions(hint: str, module: str) -> bool:
    return "." in module and (module in hint or module.replace(".", "/") in hint)


def _prefixes(chain: str) -> Iterator[str]:
    parts = chain.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _chain(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _chain(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _standard(name: str, chains: frozenset[str]) -> str | None:
    if name in _WELL_KNOWN:
        return f"from {_WELL_KNOWN[name]} import {name}"
    if name == "datetime" and not any(chain.split(".")[1] in ("date", "datetime", "timedelta") for chain in chains):
        return "from datetime import datetime"
    return f"import {name}" if name in sys.stdlib_module_names else None


def _defined(path: str, module: str, tree: ast.Module) -> Iterator[str]:
    top = module.partition(".")[0]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.ImportFrom) and path.endswith("__init__.py") and _is_own(node, top):
            yield from (alias.asname or alias.name for alias in node.names)


def _is_own(node: ast.ImportFrom, top: str) -> bool:
    return bool(node.level) or (node.module or "").partition(".")[0] == top


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                yield name, f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module not in (None, "__future__"):
            for alias in node.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                yield alias.asname or alias.name, f"from {node.module} import {alias.name}{renamed}"


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
