"""The packages that a repository itself is: their names, versions and entry points, read and never run."""

import ast
import configparser
import posixpath
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.project import Project

PRETENDED_VERSION = "0.0.0"
"""What a package is called whose version comes out of git tags; here there are none."""
_DECLARING = ("pyproject.toml", "setup.cfg", "setup.py")
_SAYING_VERSION = ("_version.py", "version.py", "__version__.py", "__about__.py", "__init__.py")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]*")
_ASSIGNED = re.compile(rb"^(?:__version__|version|VERSION)(?:\s*:\s*\w+)?\s*=\s*['\"]([^'\"\n]+)['\"]", re.MULTILINE)
_WRITES = re.compile(
    rb"^\s*['\"]?(?:write_to|version[_-]file|write-to|to-file)['\"]?\s*[=:]\s*['\"]?([\w./-]+\.py)\b", re.MULTILINE
)
_COMPILES = re.compile(rb"\bext_modules\b|\bcythonize\(|\b(?:maturin|scikit_build_core|mesonpy|setuptools_rust)\b")
_POINT = re.compile(r"[\w.-]+\s*=\s*[\w.]+(?::[\w.]+)?")


@dataclass(frozen=True, slots=True)
class OwnPackage:
    """One package that is made in the repository."""

    folder: str
    """Where it is declared, `.` for the top."""
    name: str
    """Normalised."""
    version: str
    requires: tuple[str, ...] = ()
    entry_points: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(group, lines such as `shop = shop.cli:main`)."""
    makes: tuple[str, ...] = ()
    """Version files that its build writes and that are not in the commit, relative to the repository."""
    is_compiled: bool = False
    """Whether its build compiles something."""


@dataclass(slots=True)
class _Said:
    name: str = ""
    version: str = ""
    requires: list[str] = field(default_factory=list)
    points: dict[str, list[str]] = field(default_factory=dict)


def files_to_read(project: Project) -> tuple[str, ...]:
    """Return the paths that `own_packages` wants to see, whether they exist or not."""
    folders = _folders(project)
    declaring = [posixpath.normpath(posixpath.join(f, name)) for f in folders for name in (*_DECLARING, "PKG-INFO")]
    saying = [path for path in project.source_paths if posixpath.basename(path) in _SAYING_VERSION]
    return (*declaring, *(path for path in saying if path.count("/") <= 3))


def own_packages(project: Project, files: Mapping[str, bytes]) -> tuple[OwnPackage, ...]:
    """Return the packages at the top and wherever there is a suite; what cannot be read is none."""
    found = (_package(folder, project, files) for folder in _folders(project))
    return tuple(package for package in found if package is not None)


def _folders(project: Project) -> tuple[str, ...]:
    return tuple(dict.fromkeys((".", *(suite.root for suite in project.suites))))


def _package(folder: str, project: Project, files: Mapping[str, bytes]) -> OwnPackage | None:
    said = _Said()
    for name, read in (("pyproject.toml", _read_toml), ("setup.cfg", _read_cfg), ("setup.py", _read_setup)):
        content = files.get(posixpath.normpath(posixpath.join(folder, name)))
        if content is not None:
            try:
                read(said, content)
            except (ValueError, SyntaxError, AttributeError, TypeError, configparser.Error, RecursionError):
                continue  # Detecting the project has noted that already.
    own_name = requirement_name(said.name)
    if own_name is None:
        return None
    points = {group: [line for line in lines if _POINT.match(line)] for group, lines in said.points.items()}
    texts = [files.get(posixpath.normpath(posixpath.join(folder, name)), b"") for name in _DECLARING]
    written = [found.decode() for text in texts for found in _WRITES.findall(text)]
    made = [posixpath.normpath(posixpath.join(folder, path)) for path in written]
    return OwnPackage(
        folder=folder,
        name=own_name,
        version=_version(said.version, folder, project, files),
        requires=tuple(text for text in said.requires if "\n" not in text),
        entry_points=tuple(
            (group, tuple(lines)) for group, lines in sorted(points.items()) if lines and "]" not in group
        ),
        makes=tuple(path for path in made if path not in project.source_paths),
        is_compiled=any(_COMPILES.search(text) for text in texts),
    )


def _version(said: str, folder: str, project: Project, files: Mapping[str, bytes]) -> str:
    if _VERSION.fullmatch(said):
        return said
    released = files.get(posixpath.normpath(posixpath.join(folder, "PKG-INFO")), b"").decode(errors="replace")
    written = re.search(r"^Version:\s*(\S+)\s*$", released, re.MULTILINE)
    if written and _VERSION.fullmatch(written[1]):
        return written[1]
    paths = [path for path in project.source_paths if path in files and _is_below(path, folder)]
    for path in sorted(paths, key=lambda path: (path.count("/"), _SAYING_VERSION.index(posixpath.basename(path)))):
        assigned = _ASSIGNED.search(files[path])
        if assigned and _VERSION.fullmatch(assigned[1].decode(errors="replace")):
            return assigned[1].decode()
    return PRETENDED_VERSION


def _is_below(path: str, folder: str) -> bool:
    is_named = posixpath.basename(path) in _SAYING_VERSION
    return is_named and (folder == "." or path.startswith(f"{folder}/"))


def _read_toml(said: _Said, content: bytes) -> None:
    table = tomllib.loads(content.decode())
    poetry = table.get("tool", {}).get("poetry", {})
    project = {**{key: poetry[key] for key in ("name", "version") if key in poetry}, **table.get("project", {})}
    flit = table.get("tool", {}).get("flit", {}).get("metadata", {})
    said.name = str(project.get("name") or flit.get("module") or "")
    said.version = str(project.get("version", ""))
    said.requires += [text for text in project.get("dependencies", []) if isinstance(text, str)]
    for group, key in (("console_scripts", "scripts"), ("gui_scripts", "gui-scripts")):
        _add(said, group, {**poetry.get(key, {}), **table.get("project", {}).get(key, {})})
    for group, points in {**poetry.get("plugins", {}), **project.get("entry-points", {})}.items():
        _add(said, group, points)


def _add(said: _Said, group: str, points: Mapping[str, Any]) -> None:
    lines = [f"{name} = {target}" for name, target in points.items() if isinstance(target, str)]
    if lines:
        said.points.setdefault(group, []).extend(lines)


def _read_cfg(said: _Said, content: bytes) -> None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(content.decode())
    said.name = said.name or parser.get("metadata", "name", fallback="") or ""
    said.version = said.version or parser.get("metadata", "version", fallback="") or ""
    if parser.has_section("options.entry_points"):
        for group in parser.options("options.entry_points"):
            _add_lines(said, group, parser.get("options.entry_points", group) or "")


def _add_lines(said: _Said, group: str, lines: str | Iterable[str]) -> None:
    texts = lines.splitlines() if isinstance(lines, str) else lines
    said.points.setdefault(group, []).extend(str(text).strip() for text in texts)


def _read_setup(said: _Said, content: bytes) -> None:
    for call in ast.walk(parse_quietly(content)):
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", getattr(call.func, "id", "")) != "setup":
            continue
        words = {word.arg: word.value for word in call.keywords if word.arg}
        values = {name: node.value for name, node in words.items() if isinstance(node, ast.Constant)}
        said.name = said.name or str(values.get("name", ""))
        said.version = said.version or str(values.get("version", ""))
        try:
            points = ast.literal_eval(words["entry_points"])
        except (KeyError, ValueError):
            continue
        for group, lines in points.items() if isinstance(points, dict) else ():
            _add_lines(said, str(group), lines)
