"""What a repository says that it is, in the files of each build backend."""

from dataclasses import replace

import pytest

from eaa.adapters.toolchains.python.own_packages import OwnPackage, files_to_read, own_packages
from eaa.domain.project import Finding, Project, TestSuite

_PROJECT = b"""
[project]
name = "Shop_Floor"
dynamic = ["version"]
dependencies = ["attrs>=24"]
[project.scripts]
shop = "shop.cli:main"
[project.entry-points.pytest11]
floor = "shop.plugin"
"""
_POETRY = b"""
[tool.poetry]
name = "shop-floor"
version = "2.1"
scripts = { shop = "shop.cli:main" }
"""
_CFG = b"""
[metadata]
name = shop-floor
version = attr: shop.__version__
[options.entry_points]
console_scripts =
    shop = shop.cli:main
"""
_SETUP = b"""
from setuptools import setup
setup(name="shop-floor", version="2.1", entry_points={"console_scripts": ["shop = shop.cli:main"]})
"""


def _project(root: str = ".") -> Project:
    suite = TestSuite(root=root, framework="pytest", command=Finding("pytest", "x"), test_paths=(), import_roots=())
    return Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=(),
        lock_files=(),
        dependencies=(),
        suites=(suite,),
        source_paths=("src/shop/__init__.py", "src/shop/_version.py"),
        quality_tools=(),
    )


@pytest.mark.parametrize(
    ("path", "content", "version"),
    [
        ("pyproject.toml", _PROJECT, "3.4"),
        ("pyproject.toml", _POETRY, "2.1"),
        ("setup.cfg", _CFG, "3.4"),
        ("setup.py", _SETUP, "2.1"),
    ],
)
def test_name_version_and_scripts(path: str, content: bytes, version: str) -> None:
    files = {path: content, "src/shop/__init__.py": b'__version__ = "3.4"\n'}

    [found] = own_packages(_project(), files)

    assert (found.folder, found.name, found.version) == (".", "shop-floor", version)
    assert dict(found.entry_points)["console_scripts"] == ("shop = shop.cli:main",)


def test_flit_names_the_module() -> None:
    flit = b"[tool.flit.metadata]\nmodule = 'shop'\n"
    assert own_packages(_project(), {"pyproject.toml": flit}) == (OwnPackage(".", "shop", "0.0.0"),)


def test_a_version_out_of_tags_is_that_of_a_release_or_a_pretended_one() -> None:
    [pretended] = own_packages(_project(), {"pyproject.toml": _PROJECT})
    [released] = own_packages(_project(), {"pyproject.toml": _PROJECT, "PKG-INFO": b"Name: x\nVersion: 5.0\n"})

    assert (pretended.version, released.version) == ("0.0.0", "5.0")
    assert pretended.requires == ("attrs>=24",)
    assert dict(pretended.entry_points)["pytest11"] == ("floor = shop.plugin",)


def test_nested_packages_are_found_where_suites_are() -> None:
    project = _project("packages/floor")
    nested = replace(project, source_paths=())

    found = own_packages(nested, {"packages/floor/setup.py": _SETUP})

    assert [package.folder for package in found] == ["packages/floor"]
    assert "packages/floor/pyproject.toml" in files_to_read(nested)


@pytest.mark.parametrize("content", [b"\xff", b"[project]\n", b"project = 1", b"[project]\nname = '../..'\n"])
def test_what_is_broken_or_has_no_name_is_no_package(content: bytes) -> None:
    assert own_packages(_project(), {"pyproject.toml": content}) == ()


def test_nothing_can_be_smuggled_into_metadata() -> None:
    content = b"[project]\nname = 'a'\nversion = \"1/../x\"\n[project.scripts]\n'x\\ny' = 'a:b'\n'../x' = 'a:b'\n"
    [found] = own_packages(_project(), {"pyproject.toml": content})
    assert (found.version, found.entry_points) == ("0.0.0", ())
