"""What a Python project's own files declare: requirements, the version of Python, tools. Nothing is run."""

import ast
import configparser
import posixpath
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eaa.adapters.toolchains.python.quiet_parse import parse_quietly
from eaa.adapters.toolchains.python.requirement_files import (
    DEVELOPMENT,
    TESTS,
    is_for_running,
    is_requirements_file,
    may_be_installed,
    without_development,
)
from eaa.adapters.toolchains.python.requirements import (
    constraints_in,
    poetry_requirements,
    poetry_specifier,
    requirement_extras,
    requirement_name,
    requirements_in,
)
from eaa.domain.project import Finding

LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
PACKAGE_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
"""A folder with one of these is a package of its own."""


@dataclass(slots=True)
class Declared:
    """What the manifests of one repository say, collected file by file."""

    requires_python: Finding | None = None
    needed: list[str] = field(default_factory=list)
    """Requirements of the code itself, and plugins without which pytest refuses to start."""
    for_tests: list[str] = field(default_factory=list)
    """Requirements of groups for tests, or for developers."""
    import_folders: dict[str, list[str]] = field(default_factory=dict)
    """Folder of a manifest → folders that it says packages are in, relative to the repository."""
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Path of a `.toml` → its content."""
    sections: dict[str, configparser.RawConfigParser] = field(default_factory=dict)
    """Path of a `.cfg` or `.ini` → its content."""
    test_folders: dict[str, list[str]] = field(default_factory=dict)
    """Folder of a manifest → folders in which pytest looks for tests, when it is told, relative to the repository."""
    included: list[str] = field(default_factory=list)
    """Requirements files that another one includes."""
    constraints: list[str] = field(default_factory=list)
    """Constraints files that a requirements file names."""
    notes: list[str] = field(default_factory=list)

    def dependencies(self) -> tuple[str, ...]:
        """Return every requirement once."""
        return tuple(dict.fromkeys(text.strip() for text in (*self.needed, *self.for_tests)))


def is_manifest(path: str) -> bool:
    """Return whether a file declares requirements or settings of the project."""
    name = posixpath.basename(path)
    if is_requirements_file(path):
        return may_be_installed(path)
    return name in {*PACKAGE_FILES, "Pipfile"}


def line_of(content: bytes, text: str) -> int | None:
    """Return the number of the first line that starts with a text, spaces aside."""
    for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
        if line.strip().startswith(text):
            return number
    return None


def read_manifests(paths: Iterable[str], files: Mapping[str, bytes]) -> Declared:
    """Read manifests and settings files, and what they include of all files; one that is broken leaves a note."""
    declared = Declared()
    for path in sorted(without_development(paths), key=lambda path: (path.count("/"), path)):
        name = posixpath.basename(path)
        try:
            if name == "setup.py":
                _read_setup_py(declared, path, files[path])
            elif name.endswith(".toml") or name == "Pipfile":
                _read_toml(declared, path, files[path])
            elif name.endswith((".cfg", ".ini")):
                _read_sections(declared, path, files[path])
            elif name.endswith(".txt"):
                found = declared.needed if is_for_running(path) else declared.for_tests
                _read_requirements(declared, found, path, files, seen=set())
        except (ValueError, SyntaxError, configparser.Error, RecursionError, AttributeError, TypeError) as error:
            declared.notes.append(f"{path} could not be read: {type(error).__name__}: {str(error)[:200]}")
    return declared


def _read_toml(declared: Declared, path: str, content: bytes) -> None:
    table = tomllib.loads(content.decode())
    declared.tables[path] = table
    if path.endswith("Pipfile"):
        declared.needed += poetry_requirements(table.get("packages", {}))
        declared.for_tests += poetry_requirements(table.get("dev-packages", {}))
    elif path.endswith("pyproject.toml"):
        _read_project(declared, path, content, table)
        _read_poetry(declared, path, content, _tool(table, "poetry"))
        _read_folders(declared, posixpath.dirname(path), table)


def _tool(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = table.get("tool", {}).get(name, {})
    return found if isinstance(found, dict) else {}


def _read_project(declared: Declared, path: str, content: bytes, table: Mapping[str, Any]) -> None:
    project = table.get("project", {})
    if "requires-python" in project:
        _set_python(declared, str(project["requires-python"]), path, line_of(content, "requires-python"))
    own_name = requirement_name(str(project.get("name", "")))
    optional: dict[str, Any] = project.get("optional-dependencies", {})
    groups: dict[str, Any] = table.get("dependency-groups", {})
    wanted = [text for name in test_groups(optional) for text in _strings(optional[name])]
    wanted += [text for name in test_groups(groups) for text in _group(groups, name, set())]
    wanted += _strings(_tool(table, "uv").get("dev-dependencies", []))
    for texts in _tool(table, "pdm").get("dev-dependencies", {}).values():
        wanted += _strings(texts)
    declared.needed += _without_itself(_strings(project.get("dependencies", [])), own_name, optional)
    declared.for_tests += _without_itself(wanted, own_name, optional)


def test_groups(names: Iterable[str]) -> tuple[str, ...]:
    """Return the groups of requirements that tests need: those named for tests, else the one for developers."""
    named = tuple(name for name in names if name.lower() in TESTS)
    return named or tuple(name for name in names if name.lower() in DEVELOPMENT)


def _strings(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _group(groups: Mapping[str, Any], name: str, seen: set[str]) -> list[str]:
    if name in seen or not isinstance(groups.get(name), list):
        return []
    seen.add(name)
    found: list[str] = []
    for entry in groups[name]:
        if isinstance(entry, str):
            found.append(entry)
        elif isinstance(entry, dict) and "include-group" in entry:
            found += _group(groups, str(entry["include-group"]), seen)
    return found


def _without_itself(wanted: list[str], own_name: str | None, optional: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for text in wanted:
        if own_name is None or requirement_name(text) != own_name:
            found.append(text)
            continue
        for extra in requirement_extras(text):
            others = _strings(optional.get(extra, []))
            found += [other for other in others if requirement_name(other) != own_name]
    return found


def _read_poetry(declared: Declared, path: str, content: bytes, poetry: Mapping[str, Any]) -> None:
    dependencies = poetry.get("dependencies", {})
    if isinstance(dependencies.get("python"), str):
        _set_python(declared, poetry_specifier(dependencies["python"]), path, line_of(content, "python ="))
    declared.needed += poetry_requirements(dependencies)
    declared.for_tests += poetry_requirements(poetry.get("dev-dependencies", {}))
    groups = poetry.get("group", {})
    for name in test_groups(groups):
        declared.for_tests += poetry_requirements(groups[name].get("dependencies", {}))


def _read_folders(declared: Declared, folder: str, table: Mapping[str, Any]) -> None:
    setuptools = _tool(table, "setuptools")
    found = _strings(setuptools.get("packages", {}).get("find", {}).get("where", [])) if _has_find(setuptools) else []
    package_folders = setuptools.get("package-dir", {})
    found += [str(package_folders[""])] if "" in package_folders else []
    packages = _tool(table, "poetry").get("packages", [])
    found += [str(package["from"]) for package in packages if isinstance(package, dict) and "from" in package]
    options = _tool(table, "pytest").get("ini_options", {})
    _add_folders(declared.import_folders, folder, [*found, *_words(options.get("pythonpath"))])
    _add_folders(declared.test_folders, folder, _words(options.get("testpaths")))
    declared.needed += _words(options.get("required_plugins"))


def _words(value: object) -> list[str]:
    return value.split() if isinstance(value, str) else _strings(value)


def _has_find(setuptools: Mapping[str, Any]) -> bool:
    packages = setuptools.get("packages")
    return isinstance(packages, dict) and isinstance(packages.get("find"), dict)


def _add_folders(folders: dict[str, list[str]], folder: str, found: Iterable[str]) -> None:
    joined = [posixpath.normpath(posixpath.join(folder, name)) for name in found]
    inside = [name for name in joined if not name.startswith(("/", ".."))]
    folders.setdefault(folder, []).extend(inside)


def _set_python(declared: Declared, value: str, path: str, line: int | None) -> None:
    if declared.requires_python is None and value.strip():
        declared.requires_python = Finding(value.strip(), path, line)


def _read_sections(declared: Declared, path: str, content: bytes) -> None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(content.decode())
    declared.sections[path] = parser
    folder = posixpath.dirname(path)
    for section in ("tool:pytest", "pytest"):
        _add_folders(declared.import_folders, folder, _words(parser.get(section, "pythonpath", fallback="")))
        _add_folders(declared.test_folders, folder, _words(parser.get(section, "testpaths", fallback="")))
        declared.needed += _words(parser.get(section, "required_plugins", fallback=""))
    if not path.endswith("setup.cfg"):
        return
    _set_python(
        declared, parser.get("options", "python_requires", fallback=""), path, line_of(content, "python_requires")
    )
    declared.needed += requirements_in(parser.get("options", "install_requires", fallback="") or "")[0]
    declared.for_tests += requirements_in(parser.get("options", "tests_require", fallback="") or "")[0]
    extras = parser.options("options.extras_require") if parser.has_section("options.extras_require") else []
    for name in test_groups(extras):
        declared.for_tests += requirements_in(parser.get("options.extras_require", name) or "")[0]
    _add_folders(declared.import_folders, folder, _words(parser.get("options.packages.find", "where", fallback="")))


def _read_requirements(
    declared: Declared, collected: list[str], path: str, files: Mapping[str, bytes], *, seen: set[str]
) -> None:
    if path in seen or path not in files:
        return
    seen.add(path)
    found, included = requirements_in(files[path].decode())
    beside = [posixpath.join(posixpath.dirname(path), name) for name in constraints_in(files[path].decode())]
    declared.constraints += [name for name in map(posixpath.normpath, beside) if name in files]
    collected += found
    for name in included:
        inner = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        declared.included += [inner] if inner in files else []
        _read_requirements(declared, collected, inner, files, seen=seen)


def _read_setup_py(declared: Declared, path: str, content: bytes) -> None:
    tree = parse_quietly(content)
    if content.strip() and not tree.body:
        declared.notes.append(f"{path} could not be read: it does not parse")
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", getattr(call.func, "id", "")) != "setup":
            continue
        values = {word.arg: (_literal(word.value), word.value.lineno) for word in call.keywords if word.arg}
        python, line = values.get("python_requires", (None, None))
        _set_python(declared, python if isinstance(python, str) else "", path, line)
        declared.needed += _strings(values.get("install_requires", ([], 0))[0])
        declared.for_tests += _strings(values.get("tests_require", ([], 0))[0])
        extras = values.get("extras_require", ({}, 0))[0]
        if isinstance(extras, dict):
            names = [name for name in extras if isinstance(name, str)]
            declared.for_tests += [text for name in test_groups(names) for text in _strings(extras[name])]
        folders = values.get("package_dir", ({}, 0))[0]
        if isinstance(folders, dict) and isinstance(folders.get(""), str):
            _add_folders(declared.import_folders, posixpath.dirname(path), [folders[""]])


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
