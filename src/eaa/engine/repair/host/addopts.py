"""Which of the project's own pytest options matter for collecting its tests."""

from __future__ import annotations

import configparser
import os
import re
import shlex
from itertools import islice
from typing import Iterator, List

_KEPT = (
    "--import-mode",
    "--doctest-modules",
    "--doctest-glob",
    "--doctest-continue-on-failure",
    "--asyncio-mode",
    "--ds",
)
_PLUGIN_REFUSED = ("xdist", "cov", "randomly", "no:", "pytest_cov", "pytest_randomly", "timeout")
_OPTIONAL_PLUGINS = {"hypothesispytest": "hypothesis", "asyncio": "asyncio", "anyio": "anyio", "benchmark": "benchmark"}
"""Plugins that cost a second of imports, and the word without which nobody needs them."""
_MOST_SOURCES = 300
_CONFIGURATION = ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "conftest.py")


def unneeded_plugins(paths: List[str], folder: str = ".") -> List[str]:
    """Return options that leave out installed plugins which neither the tests nor their configuration mention.

    Args:
        paths: The files and folders that are collected.
        folder: Where the framework runs.
    """
    sources = list(islice(_sources(paths), _MOST_SOURCES + 1))
    if len(sources) > _MOST_SOURCES:
        return []
    text = "".join(_text(path) for path in [*sources, *(os.path.join(folder, name) for name in _CONFIGURATION)])
    unneeded = [plugin for plugin, word in _OPTIONAL_PLUGINS.items() if word not in text]
    return [option for plugin in unneeded for option in ("-p", "no:" + plugin)]


def _sources(paths: List[str]) -> Iterator[str]:
    """Yield the Python files in and beside the tests."""
    folders = dict.fromkeys(path if os.path.isdir(path) else os.path.dirname(path) or "." for path in paths)
    for top in folders:
        for parent, _, names in os.walk(top):
            yield from (os.path.join(parent, name) for name in names if name.endswith(".py"))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def kept_options(folder: str = ".") -> List[str]:
    """Return the options that change what is collected and how it is imported; reports and plugins stay out."""
    words = _words(folder)
    kept: List[str] = []
    for index, word in enumerate(words):
        if word.split("=")[0] in _KEPT:
            kept.append(word)
            needs_value = word in ("--import-mode", "--doctest-glob", "--asyncio-mode", "--ds")
            kept += words[index + 1 : index + 2] if needs_value else []
        elif word == "-p" and index + 1 < len(words) and not words[index + 1].startswith(_PLUGIN_REFUSED):
            kept += [word, words[index + 1]]
    return kept


def _words(folder: str) -> List[str]:
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(os.path.join(folder, name), encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        if parser.has_option(section, "addopts"):
            return _split(parser.get(section, "addopts"))
    text = _text(os.path.join(folder, "pyproject.toml"))
    # Python 3.9 and 3.10 have no TOML reader, and this one key has only two shapes.
    found = re.search(r"^addopts\s*=\s*(\[[^\]]*\]|\"[^\"\n]*\"|'[^'\n]*')", text, re.MULTILINE)
    if not found:
        return []
    value = found.group(1)
    parts = re.findall(r"\"([^\"]*)\"|'([^']*)'", value)
    listed = [first or second for first, second in parts]
    return listed if value.startswith("[") else _split(" ".join(listed))


def _split(text: str) -> List[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []
