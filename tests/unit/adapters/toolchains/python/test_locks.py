"""Versions read from lock files."""

import pytest

from eaa.adapters.toolchains.python.locks import locked_versions

_UV = b"""
version = 1
[[package]]
name = "mine"
version = "0.1.0"
source = { editable = "." }
[[package]]
name = "Typing_Extensions"
version = "4.12.2"
source = { registry = "https://example.org/simple" }
[[package]]
name = "numpy"
version = "1.26.4"
[[package]]
name = "numpy"
version = "2.1.0"
[[package]]
name = "near"
version = "1.0"
source = { git = "https://example.org/near" }
[[package]]
name = "torch"
version = "2.4.0+cpu"
"""
_POETRY = b"""
[[package]]
name = "attrs"
version = "24.2.0"
[[package]]
name = "near"
version = "1.0"
[package.source]
type = "directory"
url = "../near"
"""
_PIPENV = b"""
{"default": {"attrs": {"version": "==24.2.0"}, "near": {"path": "."}}, "develop": {"pytest": {"version": "==8.3"}}}
"""


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("uv.lock", _UV, ("torch==2.4.0+cpu", "typing-extensions==4.12.2")),
        ("poetry.lock", _POETRY, ("attrs==24.2.0",)),
        ("pdm.lock", _POETRY, ("attrs==24.2.0",)),
        ("Pipfile.lock", _PIPENV, ("attrs==24.2.0", "pytest==8.3")),
    ],
)
def test_packages_of_one_version_from_a_registry_are_locked(
    name: str, content: bytes, expected: tuple[str, ...]
) -> None:
    assert locked_versions({name: content}) == expected


def test_the_first_known_lock_file_at_the_top_counts() -> None:
    assert locked_versions({"poetry.lock": _POETRY, "uv.lock": _UV}) == locked_versions({"uv.lock": _UV})
    assert locked_versions({"packages/a/uv.lock": _UV}) == ()


@pytest.mark.parametrize(
    "content", [b"\xff", b"package = 1", b"[[package]]", b"version = 1", b"[[package]]\nname = 1\nversion = 2"]
)
def test_a_broken_lock_file_locks_nothing(content: bytes) -> None:
    assert locked_versions({"uv.lock": content}) == ()
    assert locked_versions({"Pipfile.lock": content}) == ()


@pytest.mark.parametrize("version", ["1.0 --hash=x", "1.0\\n-r /etc/passwd", "1.0 @ file:///x", ""])
def test_a_version_is_only_a_version(version: str) -> None:
    content = f'[[package]]\nname = "attrs"\nversion = "{version}"\n'.encode()
    assert locked_versions({"uv.lock": content}) == ()
