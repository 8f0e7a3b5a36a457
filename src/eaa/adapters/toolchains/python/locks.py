"""Lock files: which versions a project was last built with."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from eaa.adapters.toolchains.python.manifests import LOCK_FILES
from eaa.adapters.toolchains.python.requirements import requirement_name

_LOCAL = ("editable", "virtual", "directory", "path", "file", "git", "url")


def locked_versions(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return `name==version` of every package in the lock file at the top of a repository, sorted.

    A package that is locked in several versions (one a platform), or that comes from a folder or a git repository, is
    left out; so is everything in a lock file that is broken. Of several lock files the first of LOCK_FILES counts.
    """
    name = next((name for name in LOCK_FILES if name in files), None)
    if name is None:
        return ()
    try:
        packages = list(_pipfile(files[name]) if name == "Pipfile.lock" else _packages(files[name]))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return ()
    versions: dict[str, set[str]] = {}
    for package, version in packages:
        versions.setdefault(package, set()).add(version)
    return tuple(sorted(f"{package}=={min(found)}" for package, found in versions.items() if len(found) == 1))


def _packages(content: bytes) -> Iterable[tuple[str, str]]:
    """Return names and versions in a lock file of uv, Poetry or PDM: an array of tables `package`."""
    for package in tomllib.loads(content.decode())["package"]:
        source = package.get("source", {})
        is_local = any(key in source or source.get("type") == key for key in _LOCAL) or "path" in package
        if "version" in package and not is_local and not any(key in package for key in _LOCAL):
            yield from _pair(package["name"], package["version"])


def _pipfile(content: bytes) -> Iterable[tuple[str, str]]:
    """Return names and versions in a lock file of Pipenv."""
    table: dict[str, Any] = json.loads(content)
    for group in ("default", "develop"):
        for name, package in table.get(group, {}).items():
            if str(package.get("version", "")).startswith("=="):
                yield from _pair(name, package["version"].removeprefix("=="))


def _pair(name: object, version: object) -> Iterable[tuple[str, str]]:
    """Return a name and a version that are only that; whoever wrote the file must not write options of pip."""
    if not isinstance(name, str) or not isinstance(version, str) or not version.isascii():
        return
    found = requirement_name(name)
    if found is not None and version.replace("+", "").replace("!", "").replace(".", "").isalnum():
        yield found, version
