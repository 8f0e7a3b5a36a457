"""Which of the project's own pytest options matter for collecting its tests."""

from __future__ import annotations

import configparser
import os
import re
import shlex
from typing import List

_KEPT = (
    "--import-mode",
    "--doctest-modules",
    "--doctest-glob",
    "--doctest-continue-on-failure",
    "--asyncio-mode",
    "--ds",
)
_PLUGIN_REFUSED = ("xdist", "cov", "randomly", "no:", "pytest_cov", "pytest_randomly", "timeout")


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
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return []
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
