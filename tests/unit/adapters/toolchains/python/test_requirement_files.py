"""Requirements files and the requirements in them: what tests need, and nothing more."""

import pytest

from eaa.adapters.toolchains.python.requirement_files import (
    is_for_running,
    is_requirements_file,
    may_be_installed,
    without_development,
)
from eaa.adapters.toolchains.python.requirements import needed_for_tests


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "test-requirements.txt",
        "requirements/tests39.txt",
        "a/requirements.txt",
    ],
)
def test_a_requirements_file_is_known_by_its_name(path: str) -> None:
    assert is_requirements_file(path)
    assert may_be_installed(path)


@pytest.mark.parametrize(
    "path",
    [
        "docs/requirements.txt",
        "requirements/build.txt",
        "requirements/typing.txt",
        "requirements-update.txt",
        "requirements-wheels.txt",
        "requirements/tests.in",
    ],
)
def test_what_is_for_documentation_packaging_or_style_is_not_installed(path: str) -> None:
    assert is_requirements_file(path)
    assert not may_be_installed(path)


def test_requirements_for_developers_give_way_to_those_for_tests_beside_them() -> None:
    paths = (
        "requirements/dev.txt",
        "requirements/tests.txt",
        "requirements.txt",
        "web/requirements-dev.txt",
        "setup.py",
    )
    assert without_development(paths) == (
        "requirements/tests.txt",
        "requirements.txt",
        "web/requirements-dev.txt",
        "setup.py",
    )


def test_requirements_for_developers_stay_where_there_are_none_for_tests() -> None:
    paths = ("dev.requirements.txt", "requirements.txt")
    assert without_development(paths) == paths
    assert [path for path in paths if is_for_running(path)] == ["requirements.txt"]


def test_checkers_and_plugins_that_never_load_are_left_out() -> None:
    wanted = (
        "pytest>=8",
        "pytest-xdist[psutil]",
        "pytest_cov",
        "coverage[toml]>=7",
        "pycodestyle",
        "mypy",
        "hypothesis",
    )
    assert needed_for_tests(wanted, code=[b"import pytest\n"], settings=[]) == ("pytest>=8", "hypothesis")


@pytest.mark.parametrize(
    "code",
    [b"import coverage\n", b"from coverage.files import find\n", b'x = [sys.executable, "-m", "coverage", "run"]\n'],
)
def test_what_tests_use_themselves_is_needed(code: bytes) -> None:
    assert needed_for_tests(("coverage", "pytest-cov"), code=[code], settings=[]) == ("coverage",)


@pytest.mark.parametrize("settings", [b'addopts = "-p xdist.plugin"\n', b"filterwarnings =\n    ignore::xdist.Warn\n"])
def test_a_plugin_that_the_settings_name_is_needed(settings: bytes) -> None:
    assert needed_for_tests(("pytest-xdist", "pytest-cov"), code=[], settings=[settings]) == ("pytest-xdist",)


def test_a_requirement_in_the_settings_is_not_a_use() -> None:
    settings = [b'[dependency-groups]\ntest = ["coverage", "pytest-cov"]\n[tool.coverage.run]\nbranch = true\n']
    assert needed_for_tests(("coverage", "pytest-cov"), code=[], settings=settings) == ()
