"""Which suite of a project a test or a source file belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from eaa.domain.ids import TestId
from eaa.domain.project import Project, TestSuite


def file_of_test(test: TestId, suite: TestSuite) -> str:
    """Return the file a test's name points to, relative to the repository; it may not exist."""
    if suite.framework != "unittest":
        return _below(suite.root, test.partition("::")[0])
    known = set(suite.test_paths)
    parts = test.split(".")
    for length in range(len(parts), 0, -1):
        relative = "/".join(parts[:length]) + ".py"
        for path in (_below(suite.root, relative), relative):
            if path in known:
                return path
    return _below(suite.root, "/".join(parts[:1]) + ".py")


def suite_of_test(test: TestId, project: Project) -> TestSuite | None:
    """Return the suite that holds a test: the first that lists its file, else the first; None without any suite."""
    for suite in project.suites:
        if file_of_test(test, suite) in suite.test_paths:
            return suite
    return project.suites[0] if project.suites else None


def tests_by_suite(tests: Iterable[TestId], project: Project) -> tuple[tuple[TestSuite, tuple[TestId, ...]], ...]:
    """Return the tests grouped by the suite that holds them, suites and tests in their given order."""
    grouped: dict[tuple[str, str], list[TestId]] = {}
    for test in dict.fromkeys(tests):
        suite = suite_of_test(test, project)
        if suite is not None:
            grouped.setdefault((suite.root, suite.framework), []).append(test)
    return tuple(
        (suite, tuple(grouped.pop((suite.root, suite.framework))))
        for suite in project.suites
        if (suite.root, suite.framework) in grouped
    )


def suite_for_paths(paths: Iterable[str], project: Project) -> TestSuite | None:
    """Return the suite for new tests of source files: the deepest whose folder holds the first path any suite holds."""
    deepest_first = sorted(project.suites, key=lambda suite: -len(PurePosixPath(suite.root).parts))
    for path in paths:
        for suite in deepest_first:
            if suite.root == "." or PurePosixPath(path).is_relative_to(suite.root):
                return suite
    return project.suites[0] if project.suites else None


def with_test_files(project: Project, paths: Sequence[str]) -> Project:
    """Return the project with further test files, each in the deepest suite whose folder holds it."""
    suites = list(project.suites)
    for path in paths:
        holder = suite_for_paths((path,), project)
        suites = [
            replace(suite, test_paths=tuple(dict.fromkeys((*suite.test_paths, path))))
            if holder is not None and (suite.root, suite.framework) == (holder.root, holder.framework)
            else suite
            for suite in suites
        ]
    return replace(project, suites=tuple(suites))


def _below(root: str, path: str) -> str:
    return path if root == "." else str(PurePosixPath(root) / path)
