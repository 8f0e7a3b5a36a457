"""Lock files and constraints files: which versions a project was last built with."""

import json
import posixpath
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eaa.adapters.toolchains.python.manifests import LOCK_FILES
from eaa.adapters.toolchains.python.requirements import requirement_name, requirements_in

_LOCAL = ("editable", "virtual", "directory", "path", "file", "git", "url", "vcs", "archive")
_CONSTRAINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:[<>=!~]=?=?\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)+(?:;[^\n#]+)?")


@dataclass(frozen=True, slots=True)
class Locked:
    """What lock files say, in the form of pip's constraints."""

    source: str = ""
    """The files it was read from, for people; empty when there are none."""
    pins: tuple[str, ...] = ()
    """Such as `attrs==24.2.0` or `numpy==1.26.4 ; python_version < "3.10"`, sorted."""
    left_out: tuple[str, ...] = ()
    """Names of packages that are locked to a folder, a repository or an address, sorted."""


@dataclass(frozen=True, slots=True)
class _Package:
    name: str
    version: str
    marker: str = ""


def locked_versions(files: Mapping[str, bytes]) -> Locked:
    """Return what is locked, of several lock files by the first of LOCK_FILES at the top, and by all constraints files.

    A package that is locked in several versions counts where markers tell these apart. A lock file that is broken
    says nothing.
    """
    name = next((name for name in LOCK_FILES if name in files), None)
    pins: list[str] = []
    left_out: list[str] = []
    sources = [path for path in sorted(files) if posixpath.basename(path) not in LOCK_FILES]
    for path in sources:
        pins += [
            text for text in requirements_in(files[path].decode(errors="replace"))[0] if _CONSTRAINT.fullmatch(text)
        ]
    if name is not None:
        try:
            packages = list(_pipfile(files[name]) if name == "Pipfile.lock" else _packages(files[name], left_out))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            return Locked(source=", ".join(sources), pins=tuple(sorted(set(pins))))
        pins += _told_apart(packages, left_out)
        sources = [name, *sources]
    return Locked(", ".join(sources), tuple(sorted(set(pins))), tuple(sorted(set(left_out))))


def _told_apart(packages: Iterable[_Package], left_out: list[str]) -> Iterable[str]:
    versions: dict[str, dict[str, list[str]]] = {}
    for package in packages:
        versions.setdefault(package.name, {}).setdefault(package.version, []).append(package.marker)
    for name, found in versions.items():
        if len(found) == 1:
            yield f"{name}=={next(iter(found))}"
        elif all(all(markers) for markers in found.values()):
            for version, markers in found.items():
                yield f"{name}=={version} ; {' or '.join(f'({marker})' for marker in markers)}"
        else:
            left_out.append(name)


def _packages(content: bytes, left_out: list[str]) -> Iterable[_Package]:
    """Return what is in a lock file of uv, Poetry, PDM or pip: an array of tables `package` or `packages`."""
    table = tomllib.loads(content.decode())
    for package in table["packages"] if "packages" in table else table["package"]:
        source = package.get("source", {})
        source = {} if source.get("type") == "legacy" else source  # Poetry's word for an index of one's own.
        is_local = any(key in source or source.get("type") == key or key in package for key in _LOCAL)
        name = requirement_name(str(package["name"]))
        if is_local and name is not None and not {"editable", "virtual"}.intersection(source):
            left_out.append(name)
        elif "version" in package and not is_local:
            yield from _checked(name, package["version"], _marker(package))


def _marker(package: Mapping[str, Any]) -> str:
    written = package.get("marker", package.get("markers", ""))
    texts = package.get("resolution-markers", [written])
    parts = [text for text in texts if isinstance(text, str) and text and text.isprintable()]
    if parts:
        return " or ".join(f"({text})" for text in parts) if len(parts) > 1 else parts[0]
    python = re.findall(r"([<>=!]=?)\s*([0-9][0-9.]*)", str(package.get("python-versions", "")))
    return " and ".join(f'python_full_version {sign} "{version}"' for sign, version in python)


def _pipfile(content: bytes) -> Iterable[_Package]:
    """Return what is in a lock file of Pipenv."""
    table: dict[str, Any] = json.loads(content)
    for group in ("default", "develop"):
        for name, package in table.get(group, {}).items():
            if str(package.get("version", "")).startswith("=="):
                yield from _checked(requirement_name(name), package["version"].removeprefix("=="), "")


def _checked(name: str | None, version: object, marker: str) -> Iterable[_Package]:
    """Return a name and a version that are only that; whoever wrote the file must not write options of pip."""
    if name is None or not isinstance(version, str) or not version.isascii():
        return
    if version.replace("+", "").replace("!", "").replace(".", "").isalnum():
        yield _Package(name, version, marker)
