"""Everything that depends on a language's tools: detecting, environments, tests, coverage, quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from eaa.domain.artefact import QualityFinding
from eaa.domain.command import Command, Limits
from eaa.domain.environment import Environment, EnvironmentRequest
from eaa.domain.ids import CommitId, TestId
from eaa.domain.project import Project, TestSuite
from eaa.domain.repository import FileChange, Repository
from eaa.domain.test_report import TestReport
from eaa.domain.workspace import Workspace
from eaa.ports.language import Language


class Measure(StrEnum):
    """What a test run measures besides outcomes."""

    OUTCOMES = "outcomes"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class TestRun:
    """Which tests to run, and how."""

    __test__ = False

    workspace: Workspace
    environment: Environment
    suite: TestSuite
    tests: tuple[TestId, ...] | None = None
    """None runs all of the suite."""
    order_seed: int = 0
    """0 keeps the project's order; other numbers shuffle, and seed hashing, repeatably."""
    measure: Measure = Measure.OUTCOMES
    timeout_s: float = 300.0
    overlay: tuple[FileChange, ...] = ()
    """Files to write into the workspace before the run (mutants, stubs) and put back after it."""


class Toolchain(Protocol):
    """One language's tools. Runs nothing outside the sandbox."""

    @property
    def language(self) -> Language:
        """What its source text says."""
        ...

    async def detect(self, repository: Repository, commit: CommitId) -> Project | None:
        """Return the project at a commit, or None when it is not of this language. Reads files only."""
        ...

    async def prepare(
        self, project: Project, repository: Repository, commit: CommitId, request: EnvironmentRequest
    ) -> Environment:
        """Return a ready environment: the one of this key, else one built by the first recipe that works.

        Raises:
            ConsentMissing: Packages would have to be installed and `request.consent` was not given.
            EnvironmentMissing: No recipe worked; the hint names the one file or flag that would help.
        """
        ...

    def is_here(self, environment: Environment) -> bool:
        """Return whether an environment's folders are on this machine, and of this installation where we built them."""
        ...

    async def run_tests(self, run: TestRun) -> TestReport:
        """Run tests in the sandbox and return what happened; a broken project is a report, not an exception.

        Asked-for tests that did not run are in the report as *missing* or, when their file could not be collected,
        as *broken*.
        """
        ...

    async def list_tests(self, workspace: Workspace, environment: Environment, suite: TestSuite) -> tuple[TestId, ...]:
        """Return the tests of a suite in the project's order, by collecting them in the sandbox."""
        ...

    def command(self, environment: Environment, project: Project, argv: Sequence[str], *, limits: Limits) -> Command:
        """Return a command for the sandbox that finds the environment's programs first, and the project's code."""
        ...

    async def format_files(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[FileChange, ...]:
        """Return the files that the project's own formatters would change, as they would have them."""
        ...

    async def complaints(
        self, workspace: Workspace, environment: Environment, project: Project, paths: Sequence[str]
    ) -> tuple[QualityFinding, ...]:
        """Return what the project's own linters and type checkers say about files. Empty when it uses none."""
        ...
