"""Which of a repository's requirements files say what its tests need."""

import posixpath
import re
from collections.abc import Iterable

TESTS = frozenset(("test", "tests", "testing"))
DEVELOPMENT = frozenset(("dev", "devel", "develop", "development"))
_REQUIREMENTS = re.compile(r"(?:.*/)?(?:requirements[^/]*|[^/]*requirements|requirements/[^/]+)\.(?:txt|in)$")
_OTHER_FOLDER = re.compile(r"docs?\b|lint|typing|mypy|release|benchmark", re.IGNORECASE)
_OTHER_NAME = frozenset(
    (
        "build",
        "deploy",
        "format",
        "packaging",
        "publish",
        "pyright",
        "style",
        "typecheck",
        "typechecks",
        "update",
        "wheels",
    )
)


def is_requirements_file(path: str) -> bool:
    """Return whether a path is a requirements file of any purpose, also one that others are compiled from."""
    return _REQUIREMENTS.fullmatch(path) is not None


def may_be_installed(path: str) -> bool:
    """Return whether a requirements file could be for running the code or its tests."""
    is_other = _OTHER_FOLDER.search(path) is not None or bool(_OTHER_NAME & _words(path))
    return path.endswith(".txt") and not is_other


def is_for_running(path: str) -> bool:
    """Return whether the code itself needs what a requirements file lists, as far as its name tells."""
    return not (TESTS | DEVELOPMENT) & _words(path)


def without_development(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths without requirements files for developers, where one for tests is beside them.

    Those for developers include documentation, packaging and style: often ten times what the tests need.
    """
    known = tuple(paths)
    tested = {_home(path) for path in known if is_requirements_file(path) and TESTS & _words(path)}
    return tuple(
        path
        for path in known
        if not (is_requirements_file(path) and DEVELOPMENT & _words(path) and _home(path) in tested)
    )


def _words(path: str) -> frozenset[str]:
    return frozenset(re.findall("[a-z]+", posixpath.basename(path).rpartition(".")[0].lower()))


def _home(path: str) -> str:
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == "requirements" else folder
