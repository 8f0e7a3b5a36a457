"""Keys and recipes of environments."""

from pathlib import Path

import pytest

from eaa.adapters.toolchains.python.recipes import (
    environment_key,
    existing_candidates,
    install_recipe,
    only_plugins,
    python_path,
    wanted_requirements,
)
from eaa.adapters.toolchains.python.requirements import poetry_specifier
from eaa.domain.project import Finding, Project, TestSuite
from eaa.domain.repository import FileMode, TreeEntry


def _project(*, framework: str = "pytest", dependencies: tuple[str, ...] = ()) -> Project:
    suite = TestSuite(
        root=".",
        framework=framework,
        command=Finding(framework, "x"),
        test_paths=(),
        import_roots=("src", "."),
    )
    return Project(
        language="python",
        language_requirement=None,
        package_manager=None,
        runners=(),
        manifests=("pyproject.toml",),
        lock_files=(),
        dependencies=dependencies,
        suites=(suite,),
        source_paths=(),
        quality_tools=(),
    )


def _entry(path: str, blob: str) -> TreeEntry:
    return TreeEntry(path=path, mode=FileMode.REGULAR, blob=blob, size_bytes=1)


def test_only_manifests_the_minor_version_and_the_recipe_make_the_key() -> None:
    project = _project()
    entries = [_entry("pyproject.toml", "aa"), _entry("a.py", "bb")]

    first = environment_key(entries=entries, project=project, version="3.11.7", recipe="requirements")

    later = [_entry("pyproject.toml", "aa"), _entry("a.py", "cc")]
    assert environment_key(entries=later, project=project, version="3.11.9", recipe="requirements") == first
    assert environment_key(entries=entries, project=project, version="3.12.0", recipe="requirements") != first
    assert environment_key(entries=entries, project=project, version="3.11.7", recipe="command make") != first
    changed = [_entry("pyproject.toml", "dd")]
    assert environment_key(entries=changed, project=project, version="3.11.7", recipe="requirements") != first


def test_pytest_is_wanted_when_a_suite_uses_it_and_only_once() -> None:
    assert wanted_requirements(_project()) == ("pytest",)
    assert wanted_requirements(_project(dependencies=("pytest>=8", "attrs"))) == ("pytest>=8", "attrs")
    assert wanted_requirements(_project(framework="unittest")) == ()


def test_the_import_path_is_below_the_workspace() -> None:
    assert python_path(_project()) == "/src/src:/src"


def test_only_plugins_that_are_asked_for_are_loaded_and_refused_ones_never() -> None:
    assert only_plugins(()) == (("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"),)
    assert dict(only_plugins(("asyncio", "pytest_cov", "xdist")))["PYTEST_ADDOPTS"] == "-pasyncio"


def test_an_activated_environment_that_is_ours_is_borrowed(tmp_path: Path) -> None:
    program = tmp_path / "bin/python"
    program.parent.mkdir()
    program.touch()

    ours = existing_candidates("address", tmp_path, (program,))
    theirs = existing_candidates("address", tmp_path, ())

    assert [candidate.is_borrowed for candidate in ours] == [True, True]
    assert [candidate.is_borrowed for candidate in theirs] == [False]


def test_a_recipe_is_what_a_person_would_type() -> None:
    assert install_recipe(("a", "b>=1")) == "pip install a 'b>=1'"
    assert len(install_recipe(("a" * 50,) * 50)) == 300


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("^1.2", ">=1.2,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        (">=1,<2", ">=1,<2"),
        ("*", ""),
    ],
)
def test_poetry_versions(written: str, meant: str) -> None:
    assert poetry_specifier(written) == meant
