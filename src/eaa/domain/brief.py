"""The code-rendered facts every role starts from, and what earlier stages left."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.artefact import (
    BugReport,
    Change,
    CodeMap,
    Patch,
    Reproduction,
    Requirement,
    RolloutNote,
    WrittenTests,
)
from eaa.domain.environment import Environment
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId, RunId, TestId
from eaa.domain.project import Finding, Project
from eaa.domain.repository import Repository
from eaa.domain.task import Task
from eaa.domain.test_report import TestResult

BRIEF_LIMIT_TOKENS = 1_500


class Stage(StrEnum):
    """The stages of a change, in order. Each names the role that works on it in STAGE_ROLES (engine/role_queue.py)."""

    REQUIREMENT = "requirement"
    CODE_MAP = "code map"
    TESTS = "tests"
    REPRODUCTION = "reproduction"
    PATCH = "patch"
    INTEGRATION = "integration"
    BUG_REPORT = "bug report"
    PULL_REQUEST = "pull request"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The project's tests on the base, three runs in varied order."""

    passing: tuple[TestId, ...]
    """Green in every run."""
    failing: tuple[TestResult, ...]
    """Red in every run, the first run's result."""
    flaky: tuple[tuple[TestId, str], ...]
    """Not the same in every run, with `k of n red`; left out of every claim."""
    skipped: tuple[TestId, ...]
    collection_errors: tuple[str, ...]
    """Files that could not be collected, with the error, bounded; first of all why nothing could start."""
    duration_s: float
    """Of one run."""

    @property
    def fault(self) -> str | None:
        """Why not a single test could start, in a sentence; None when one did, or when there are none."""
        has_any = self.passing or self.failing or self.flaky or self.skipped
        return None if has_any or not self.collection_errors else self.collection_errors[0]


@dataclass(frozen=True, slots=True)
class Handover:
    """What the earlier stages of this run left; None where a stage has not run."""

    requirement: Requirement | None = None
    code_map: CodeMap | None = None
    tests: WrittenTests | None = None
    reproduction: Reproduction | None = None
    patch: Patch | None = None
    change: Change | None = None
    evidence: Evidence | None = None
    bug_reports: tuple[BugReport, ...] = ()
    rollout: RolloutNote | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """One stage's assignment: (repository, commit) in, an artefact out."""

    stage: Stage
    run_id: RunId
    task: Task
    repository: Repository
    base: CommitId
    project: Project
    environment: Environment
    baseline: Baseline
    instructions: tuple[Finding, ...]
    """Instruction files of the base commit (AGENTS.md, CONTRIBUTING.md, …); `value` is the bounded text."""
    handover: Handover
    generation: int = 1
    """Of the run's execution; what a role writes of its conversation carries it."""
    has_model: bool = False
    """Whether the run was opened for working with a model."""
    model: str | None = None
    """The model that this run shall ask in place of the installation's; None for a run that is no fork."""
