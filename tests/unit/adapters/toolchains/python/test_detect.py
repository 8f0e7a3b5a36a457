"""What a Python repository is made of, read from real git."""

from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.toolchains.python.detect import detect_project
from eaa.domain.ids import CommitId
from eaa.domain.project import Finding, Project
from tests.support.git_project import GitProject


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


async def _detect(folder: Path, files: dict[str, bytes | str]) -> Project | None:
    project = GitProject(folder / "project")
    commit = project.commit(files)
    repositories = GitRepositories(home=folder / "home")
    repository = await repositories.open(str(project.folder))
    return await detect_project(repositories, repository, CommitId(commit))


async def _detected(folder: Path, files: dict[str, bytes | str]) -> Project:
    found = await _detect(folder, files)
    assert found is not None
    return found


async def test_a_repository_without_python_is_no_project(folder: Path) -> None:
    assert await _detect(folder, {"README.md": "hi", ".venv/lib/x.py": "x = 1\n"}) is None


async def test_a_src_layout_with_pytest_configured(folder: Path) -> None:
    pyproject = """[project]
name = "thing"
requires-python = ">=3.9"
dependencies = ["attrs>=20"]
[project.optional-dependencies]
test = ["pytest>=7", "thing[fast]"]
fast = ["orjson"]
docs = ["sphinx"]
[tool.pytest.ini_options]
addopts = "-q"
[tool.ruff.format]
quote-style = "single"
"""
    files: dict[str, bytes | str] = {
        "pyproject.toml": pyproject,
        "uv.lock": "",
        "src/thing/__init__.py": "",
        "src/thing/core.py": "x = 1\n",
        "tests/conftest.py": "",
        "tests/test_core.py": "from thing import core\n\ndef test_x():\n    assert core.x == 1\n",
        "docs/conf.py": "",
        "build/junk.py": "",
        "Makefile": "all:\n\techo\ntest:\n\tpytest\n",
    }

    project = await _detected(folder, files)

    assert project.language_requirement == Finding(">=3.9", "pyproject.toml", 3)
    assert project.package_manager == Finding("uv", "uv.lock")
    assert project.dependencies == ("attrs>=20", "pytest>=7", "orjson")
    assert project.runners == (Finding("make test", "Makefile", 3),)
    assert (project.manifests, project.lock_files) == (("pyproject.toml",), ("uv.lock",))
    assert project.source_paths == ("src/thing/__init__.py", "src/thing/core.py")
    assert [tool.name for tool in project.quality_tools] == ["ruff format", "ruff check"]
    (suite,) = project.suites
    assert (suite.root, suite.framework, suite.test_paths) == (".", "pytest", ("tests/test_core.py",))
    assert suite.import_roots == ("src",)
    assert suite.command == Finding("pytest", "pyproject.toml", 9)


async def test_a_flat_layout_with_unittest(folder: Path) -> None:
    test = "import unittest\n\nclass T(unittest.TestCase):\n    def test_x(self):\n        pass\n"

    project = await _detected(folder, {"thing.py": "x = 1\n", "test_thing.py": test})

    (suite,) = project.suites
    assert (suite.framework, suite.import_roots) == ("unittest", (".",))
    assert suite.command == Finding("python -m unittest", "test_thing.py", 1)
    assert project.source_paths == ("thing.py",)


async def test_bare_test_functions_are_a_sign_of_pytest(folder: Path) -> None:
    files: dict[str, bytes | str] = {"a.py": "", "test_a.py": "import unittest\n\ndef test_a():\n    pass\n"}

    project = await _detected(folder, files)

    assert project.suites[0].framework == "pytest"


async def test_packages_with_manifests_are_suites_of_their_own(folder: Path) -> None:
    test = "def test_a():\n    pass\n"
    project = await _detected(
        folder,
        {
            "packages/one/pyproject.toml": '[project]\nname = "one"\n',
            "packages/one/src/one/__init__.py": "",
            "packages/one/tests/test_one.py": test,
            "packages/two/setup.py": "from setuptools import setup\nsetup(install_requires=['attrs'])\n",
            "packages/two/two.py": "",
            "packages/two/test_two.py": test,
            "tests/test_top.py": test,
            "tests/data/fake/setup.py": "",
            "tests/data/fake/test_fake.py": test,
        },
    )

    assert [suite.root for suite in project.suites] == [".", "packages/one", "packages/two"]
    assert [suite.import_roots for suite in project.suites] == [(".",), ("packages/one/src",), ("packages/two",)]
    assert project.dependencies == ("attrs",)


async def test_requirements_files_poetry_and_setup_cfg(folder: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.py": "",
        "requirements.txt": "-r common/require.txt\nfoo==1.0 --hash=sha256:00 # why\n-e .\n--index-url x\n",
        "common/require.txt": "bar>=2 ; python_version > '3'\n",
        "docs/requirements.txt": "sphinx\n",
        "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\nbaz = "^1.2"\nzap = {version = "~2.1"}\n',
        "setup.cfg": "[options]\ninstall_requires =\n    quux\n[flake8]\nmax-line-length = 100\n",
    }

    project = await _detected(folder, files)

    assert set(project.dependencies) == {
        "bar>=2 ; python_version > '3'",
        "foo==1.0",
        "baz>=1.2,<2",
        "zap>=2.1,<2.2",
        "quux",
    }
    assert project.manifests == ("common/require.txt", "pyproject.toml", "requirements.txt", "setup.cfg")
    assert project.language_requirement == Finding(">=3.9,<4", "pyproject.toml", 2)
    assert [tool.name for tool in project.quality_tools] == ["flake8"]


async def test_broken_manifests_and_strange_files_are_notes_not_exceptions(folder: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.py": b"\xff\xfe",
        "test_\u00fc b.py": b"# \xff\ndef test_a():\n    pass\n",
        "pyproject.toml": "[[[",
        "one/pyproject.toml": "project = 3\ntool = []\n",
        "setup.cfg": "no section\n",
        "setup.py": "def (\n",
        "requirements.txt": b"\xff\xfe",
        "tox.ini": b"\xff",
    }

    project = await _detected(folder, files)

    assert len(project.notes) == 6
    assert project.suites[0].test_paths == ("test_\u00fc b.py",)


async def test_where_pytest_is_told_to_look_is_where_the_tests_are(folder: Path) -> None:
    files: dict[str, bytes | str] = {
        "pytest.ini": "[pytest]\ntestpaths = checks\npythonpath = lib\n",
        "lib/test_names.py": "def test_names():\n    return 1\n",
        "checks/test_it.py": "def test_it():\n    pass\n",
        "part/setup.py": "",
        "part/test_part.py": "def test_part():\n    pass\n",
        "checks/test_report.py": "class TestReport:\n    pass\n",
    }

    project = await _detected(folder, files)

    assert [suite.test_paths for suite in project.suites] == [("checks/test_it.py",), ("part/test_part.py",)]
    assert "lib" in project.suites[0].import_roots
    assert "lib/test_names.py" in project.source_paths


async def test_what_the_code_needs_stays_and_what_only_checks_goes(folder: Path) -> None:
    files: dict[str, bytes | str] = {
        "pyproject.toml": '[project]\nname = "thing"\ndependencies = ["black>=24"]\n'
        '[dependency-groups]\ntest = ["pytest", "pytest-cov", "mypy"]\n',
        "requirements/tests.txt": "freezegun==1\n",
        "requirements/dev.txt": "sphinx==7\n-r tests.txt\n",
        "thing.py": "",
        "test_thing.py": "def test_it():\n    pass\n",
    }

    project = await _detected(folder, files)

    assert project.dependencies == ("black>=24", "pytest", "freezegun==1")


async def test_coverage_is_needed_where_a_conftest_uses_it(folder: Path) -> None:
    files: dict[str, bytes | str] = {
        "pyproject.toml": '[project]\nname = "thing"\n[dependency-groups]\ntest = ["pytest", "coverage"]\n',
        "conftest.py": "import coverage\n",
        "test_thing.py": "def test_it():\n    pass\n",
    }

    assert (await _detected(folder, files)).dependencies == ("pytest", "coverage")
