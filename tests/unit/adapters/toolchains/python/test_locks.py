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
    assert locked_versions({name: content}).pins == expected


def test_the_first_known_lock_file_at_the_top_counts() -> None:
    assert locked_versions({"poetry.lock": _POETRY, "uv.lock": _UV}) == locked_versions({"uv.lock": _UV})
    assert locked_versions({"packages/a/uv.lock": _UV}).pins == ()


def test_versions_that_markers_tell_apart_are_locked_each_for_its_machines() -> None:
    content = b"""
[[package]]
name = "numpy"
version = "1.26.4"
resolution-markers = ["python_full_version < '3.10'"]
[[package]]
name = "numpy"
version = "2.1.0"
resolution-markers = ["python_full_version == '3.10.*'", "python_full_version > '3.10'"]
"""
    poetry = b"""
[[package]]
name = "numpy"
version = "1.26.4"
python-versions = ">=3.9"
[[package]]
name = "numpy"
version = "2.1.0"
python-versions = ">=3.10,<3.14"
"""
    assert locked_versions({"uv.lock": content}).pins == (
        "numpy==1.26.4 ; (python_full_version < '3.10')",
        "numpy==2.1.0 ; ((python_full_version == '3.10.*') or (python_full_version > '3.10'))",
    )
    assert locked_versions({"poetry.lock": poetry}).pins[1] == (
        'numpy==2.1.0 ; (python_full_version >= "3.10" and python_full_version < "3.14")'
    )


def test_what_has_no_version_in_a_registry_is_named() -> None:
    assert locked_versions({"uv.lock": _UV}).left_out == ("near", "numpy")
    pylock = b'[[packages]]\nname = "Attrs"\nversion = "24.2.0"\n[[packages]]\nname = "near"\nvcs = {type = "git"}\n'
    found = locked_versions({"pylock.toml": pylock})
    assert (found.source, found.pins, found.left_out) == ("pylock.toml", ("attrs==24.2.0",), ("near",))


def test_constraints_files_count_beside_a_lock_file() -> None:
    constraints = (
        b"# ours\nurllib3<2\nidna==3.7 ; python_version >= '3.8'\n--index-url https://example.org\na @ file:///x\n"
    )
    found = locked_versions({"poetry.lock": _POETRY, "ci/constraints.txt": constraints})
    assert found.pins == ("attrs==24.2.0", "idna==3.7 ; python_version >= '3.8'", "urllib3<2")
    assert found.source == "poetry.lock, ci/constraints.txt"


@pytest.mark.parametrize(
    "content", [b"\xff", b"package = 1", b"[[package]]", b"version = 1", b"[[package]]\nname = 1\nversion = 2"]
)
def test_a_broken_lock_file_locks_nothing(content: bytes) -> None:
    assert locked_versions({"uv.lock": content}).pins == ()
    assert locked_versions({"Pipfile.lock": content}).pins == ()


@pytest.mark.parametrize("version", ["1.0 --hash=x", "1.0\\n-r /etc/passwd", "1.0 @ file:///x", ""])
def test_a_version_is_only_a_version(version: str) -> None:
    content = f'[[package]]\nname = "attrs"\nversion = "{version}"\n'.encode()
    assert locked_versions({"uv.lock": content}).pins == ()
