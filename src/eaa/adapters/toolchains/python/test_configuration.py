"""Configuration of test runs: what a change leaves out of them."""

import configparser
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from eaa.domain.evidence import Severity, TamperFinding, TamperKind

__test__ = False
_SECTIONS = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_LEAVES_OUT = ("-k", "-m", "--deselect", "--ignore", "--ignore-glob", "--co", "--collect-only", "--lf", "--last-failed")
_WATCHED = (
    "testpaths",
    "python_files",
    "python_classes",
    "python_functions",
    "norecursedirs",
    "xfail_strict",
    "filterwarnings",
    "pythonpath",
)
_OF_PYTEST = frozenset({"pytester", "faulthandler", "cacheprovider", "doctest", "logging", "unraisableexception"})


def is_test_configuration(path: str) -> bool:
    """Return whether a path may configure pytest."""
    return PurePosixPath(path).name in (*_SECTIONS, "pyproject.toml", "pytest.toml")


def configuration_findings(path: str, before: bytes | None, after: bytes | None) -> Iterator[TamperFinding]:
    """Return findings for options that leave tests out (decisive) and for other changes of what is a test (a look)."""
    old, new = _options(path, before), _options(path, after)
    known = list(_leaving_out(old.get("addopts", "")))
    for option in _leaving_out(new.get("addopts", "")):
        if option not in known:
            yield _finding(path, Severity.DECISIVE, f"pytest is now run with {option}", after, option.split()[0])
    loaded = set(_plugins(old.get("addopts", "")))
    for plugin in _plugins(new.get("addopts", "")):
        if plugin not in loaded:
            said = f"pytest now loads {plugin}, which can change what tests see"
            yield _finding(path, Severity.DECISIVE, said, after, plugin)
    for key in _WATCHED:
        if old.get(key) != new.get(key) and (old or new):
            said = f"{key} was {old.get(key, 'not set')} and is {new.get(key, 'not set')}"
            yield _finding(path, Severity.LOOK, said, after, key)


def _options(path: str, content: bytes | None) -> Mapping[str, str]:
    text = (content or b"").decode(errors="replace")
    name = PurePosixPath(path).name
    try:
        if name.endswith(".toml"):
            return _from_toml(tomllib.loads(text))
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
        section = _SECTIONS[name]
        return dict(parser[section]) if parser.has_section(section) else {}
    except (tomllib.TOMLDecodeError, configparser.Error):
        return {}


def _from_toml(content: object) -> dict[str, str]:
    for key in ("tool", "pytest"):
        content = content.get(key, {}) if isinstance(content, dict) else {}
    table = content if isinstance(content, dict) else {}
    options = {**table, **table.get("ini_options", {})} if isinstance(table.get("ini_options", {}), dict) else table
    return {
        str(key): shlex.join(map(str, value)) if isinstance(value, list) else str(value)
        for key, value in options.items()
        if key != "ini_options"
    }


def _plugins(options: str) -> Iterator[str]:
    """Return the plugins that options load; those that come with pytest cannot be another's code."""
    words = _words(options)
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else ""
        name = following if word == "-p" else word[2:] if word.startswith("-p") else ""
        if name and not name.startswith("no:") and name not in _OF_PYTEST:
            yield name


def _words(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError:
        return options.split()


def _leaving_out(options: str) -> Iterator[str]:
    words = _words(options)
    for index, word in enumerate(words):
        name, equals, _ = word.partition("=")
        following = "" if equals or index + 1 == len(words) else words[index + 1]
        no_plugin = (word == "-p" and following.startswith("no:")) or word.startswith("-pno:")
        if name in _LEAVES_OUT or no_plugin:
            yield f"{word} {following}".strip()


def _finding(path: str, severity: Severity, text: str, after: bytes | None, word: str) -> TamperFinding:
    lines = (after or b"").decode(errors="replace").splitlines()
    line = next((number for number, said in enumerate(lines, start=1) if word in said), None)
    return TamperFinding(
        kind=TamperKind.TEST_CONFIGURATION_EDITED, severity=severity, path=path, line=line, text=text[:300]
    )
