"""Which parts of a repository have tests of their own, in which framework, and where their imports start."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence

from eaa.adapters.toolchains.python.manifests import PACKAGE_FILES, Declared, line_of
from eaa.adapters.toolchains.python.requirements import requirement_name
from eaa.domain.project import Finding, TestSuite

_TEST_FILE = re.compile(r"(?:test_.*|.*_test|tests?)\.py")
_HOLDS_TESTS = re.compile(rb"\bdef (?:test|runTest|load_tests)|\bclass\s+\w*Test\w*\s*\(|TestCase")
_PYTEST = re.compile(rb"^\s*(?:import pytest\b|from pytest\b)|^(?:async )?def test", re.MULTILINE)
_UNITTEST = re.compile(rb"^\s*(?:import unittest\b|from unittest\b|from django\.test\b)|TestCase", re.MULTILINE)
_IMPORT = re.compile(rb"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)
_FIXTURE_FOLDERS = frozenset(("tests", "test", "testdata", "test_data", "fixtures", "data", "examples"))


def may_hold_tests(path: str) -> bool:
    """Return whether a file's name is one that test frameworks look for."""
    return _TEST_FILE.fullmatch(posixpath.basename(path)) is not None


def holds_tests(path: str, content: bytes) -> bool:
    """Return whether a file of such a name really has tests."""
    return may_hold_tests(path) and _HOLDS_TESTS.search(content) is not None


def is_looked_at(path: str, files: Iterable[str], declared: Declared) -> bool:
    """Return whether pytest, when the file's package tells it where tests are, would look at a file by itself."""
    root = _root_of(path, _roots(files))
    named = declared.test_folders.get("" if root == "." else root, [])
    return not named or any(re.search(r"[*?[]", name) or path == name or _is_below(path, name) for name in named)


def find_suites(
    paths: Sequence[str], tests: Mapping[str, bytes], files: Mapping[str, bytes], declared: Declared
) -> tuple[TestSuite, ...]:
    """Return one suite for every package with tests, sorted by folder.

    Args:
        paths: The Python files of the repository.
        tests: The files that hold tests.
        files: The manifests and settings files.
        declared: What these say.
    """
    roots = _roots(files)
    grouped: dict[str, list[str]] = {}
    for path in sorted(tests):
        grouped.setdefault(_root_of(path, roots), []).append(path)
    return tuple(
        _suite(root, below, paths, {path: tests[path] for path in below}, files, declared)
        for root, below in sorted(grouped.items())
    )


def _roots(files: Iterable[str]) -> frozenset[str]:
    """Return the folders that are packages, and the top; those among test data are not ours to run."""
    found = {posixpath.dirname(path) or "." for path in files if posixpath.basename(path) in PACKAGE_FILES}
    return frozenset({".", *(root for root in found if not _FIXTURE_FOLDERS.intersection(root.split("/")))})


def _root_of(path: str, roots: Iterable[str]) -> str:
    return max((root for root in roots if _is_below(path, root)), key=lambda root: (root != ".", len(root)))


def _is_below(path: str, root: str) -> bool:
    return root == "." or path.startswith(f"{root}/")


def _suite(
    root: str,
    below: list[str],
    paths: Sequence[str],
    tests: Mapping[str, bytes],
    files: Mapping[str, bytes],
    declared: Declared,
) -> TestSuite:
    sign = _pytest_sign(root, paths, tests, files, declared)
    unittest = next((path for path in below if _UNITTEST.search(tests[path])), None)
    if sign is None and unittest is not None:
        command = Finding("python -m unittest", unittest, _line(_UNITTEST, tests[unittest]))
    else:
        command = sign or Finding("pytest", below[0])
    return TestSuite(
        root=root,
        framework="pytest" if command.value == "pytest" else "unittest",
        command=command,
        test_paths=tuple(below),
        import_roots=_import_roots(root, paths, tests, declared),
    )


def _pytest_sign(
    root: str, paths: Sequence[str], tests: Mapping[str, bytes], files: Mapping[str, bytes], declared: Declared
) -> Finding | None:
    sections = (
        ("pytest.ini", "["),
        (".pytest.ini", "["),
        ("pyproject.toml", "[tool.pytest"),
        ("tox.ini", "[pytest]"),
        ("setup.cfg", "[tool:pytest]"),
    )
    for folder in dict.fromkeys((root, ".")):
        for name, text in sections:
            path = posixpath.normpath(posixpath.join(folder, name))
            if path in files and (name.endswith("pytest.ini") or line_of(files[path], text)):
                return Finding("pytest", path, line_of(files[path], text))
    roots = _roots(files)
    for path in paths:
        if posixpath.basename(path) == "conftest.py" and _root_of(path, roots) == root:
            return Finding("pytest", path)
    for path, content in tests.items():
        if _PYTEST.search(content):
            return Finding("pytest", path, _line(_PYTEST, content))
    return _declared_pytest(root, files, declared)


def _declared_pytest(root: str, files: Mapping[str, bytes], declared: Declared) -> Finding | None:
    if "pytest" not in {requirement_name(text) for text in declared.dependencies()}:
        return None
    for path, content in files.items():
        if (root == "." or _is_below(path, root)) and (found := re.search(rb"\bpytest\b", content)):
            return Finding("pytest", path, content.count(b"\n", 0, found.start()) + 1)
    return None


def _line(pattern: re.Pattern[bytes], content: bytes) -> int | None:
    found = pattern.search(content)
    if found is None:
        return None
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    return content.count(b"\n", 0, start) + 1


def _import_roots(root: str, paths: Sequence[str], tests: Mapping[str, bytes], declared: Declared) -> tuple[str, ...]:
    source = posixpath.normpath(posixpath.join(root, "src"))
    is_flat = f"{source}/__init__.py" in paths or not any(path.startswith(f"{source}/") for path in paths)
    found = [] if is_flat else [source]
    found += [name for name in declared.import_folders.get("" if root == "." else root, []) if _has_files(name, paths)]
    if is_flat or _imports_from(root, paths, tests):
        found.append(root)
    return tuple(dict.fromkeys(found))


def _has_files(folder: str, paths: Sequence[str]) -> bool:
    return any(_is_below(path, folder) for path in paths)


def _imports_from(root: str, paths: Sequence[str], tests: Mapping[str, bytes]) -> bool:
    """Return whether tests import something that lies directly in the root, such as `tests.helpers`."""
    prefix = "" if root == "." else f"{root}/"
    tops = {path.removeprefix(prefix).split("/")[0].removesuffix(".py") for path in paths if _is_below(path, root)}
    return any(name.decode() in tops for content in tests.values() for name in _IMPORT.findall(content))
