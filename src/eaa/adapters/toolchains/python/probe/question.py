"""Says what an interpreter is and lacks: requirements on standard input, an answer in JSON on standard output."""

from __future__ import annotations

import importlib
import json
import re
import sys
from importlib import metadata
from typing import Any, Dict, List, Optional, Set


def main() -> None:
    """Answer one question."""
    asked: Dict[str, Any] = json.load(sys.stdin)
    requirements: List[str] = asked["requirements"]
    lacks = [found for found in map(_lack, requirements) if found]
    python = _python_lack(asked["python"])
    answer = {
        "version": _version(),
        "lacks": [*lacks, *([python] if python else [])],
        "pytest_plugins": _pytest_plugins(requirements),
        "versions": {name: _installed(name) for name in asked["names"] if _installed(name)},
    }
    sys.stdout.write(json.dumps(answer))


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _packaging(module: str, name: str) -> Any:
    """Return a class of `packaging`, which nearly every environment has somewhere, or None."""
    for package in ("packaging", "pip._vendor.packaging"):
        try:
            return getattr(importlib.import_module(package + "." + module), name)
        except ImportError:
            continue
    return None


def _parsed(text: str) -> Any:
    """Return a requirement; None when it cannot be read, or is not for this machine."""
    try:
        parsed = _packaging("requirements", "Requirement")(text)
        is_meant = parsed.marker is None or parsed.marker.evaluate({"extra": ""})
    except Exception:
        return None
    return parsed if is_meant else None


def _lack(text: str) -> Optional[str]:
    if _packaging("requirements", "Requirement") is None:
        name, specifier = re.split(r"[^A-Za-z0-9._-]", text)[0], None
    else:
        parsed = _parsed(text)
        if parsed is None:
            return None
        name, specifier = parsed.name, parsed.specifier
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return text
    is_fit = specifier is None or specifier.contains(found, prereleases=True)
    return None if is_fit else text + " (has " + found + ")"


def _installed(name: str) -> Optional[str]:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _python_lack(python: Optional[str]) -> Optional[str]:
    try:
        is_fit = not python or _packaging("specifiers", "SpecifierSet")(python).contains(_version(), prereleases=True)
    except Exception:
        is_fit = True
    return None if is_fit else "Python " + str(python) + " (is " + _version() + ")"


def _pytest_plugins(requirements: List[str]) -> List[str]:
    """Return the entry points for pytest of the packages required and of what these need in turn."""
    waiting = _names(requirements)
    seen: Set[str] = set()
    found: List[str] = []
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found += [point.name for point in package.entry_points if point.group == "pytest11"]
        waiting += _names(package.requires or [])
    return sorted(set(found))


def _names(requirements: List[str]) -> List[str]:
    parsed = [found for found in map(_parsed, requirements) if found is not None]
    return [re.sub(r"[-_.]+", "-", found.name).lower() for found in parsed]


if __name__ == "__main__":
    main()
