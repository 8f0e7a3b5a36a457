"""What a change workflow is started with, and what it ends with."""

from dataclasses import dataclass, field

from eaa.domain.artefact import PullRequestText, RolloutNote
from eaa.domain.brief import Baseline
from eaa.domain.environment import Environment, EnvironmentRequest
from eaa.domain.evidence import Evidence
from eaa.domain.ids import CommitId, RunId
from eaa.domain.kind import Kind
from eaa.domain.project import Finding, Project
from eaa.domain.question import Question
from eaa.domain.repository import Repository
from eaa.domain.spent import Spent
from eaa.domain.verdict import TaskVerdict

CHANGE = "change"
"""Name of the workflow that makes changes."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where the change is proposed as a pull request."""

    repository: str
    """`owner/name` on the code host."""
    address: str
    """What git pushes the branch to."""
    base_branch: str
    """The branch there that the change is meant for."""


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a run began that goes on from another one's record."""

    of_run: RunId
    step: int
    """The first step that was done anew."""
    step_name: str
    model: str
    """What works on from there, by its name in the installation."""


@dataclass(frozen=True, slots=True)
class Order:
    """The argument of the workflow `change`."""

    run_id: RunId
    repository: Repository
    base: CommitId
    request: EnvironmentRequest
    proposal: Proposal | None = None
    """None leaves it at a branch in the repository."""
    has_model: bool = False
    """Whether the roles may work with a model."""
    stops_at_plan: bool = False
    """Whether a person says yes to the plan before anybody writes the change."""
    fork: Fork | None = None
    """None for a run that began at its beginning."""
    budget_usd: float | None = None
    """What its models may cost where a dispatcher works on it; None leaves it to the dispatcher."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work happens: the project as it is on the base and the environment of its tests."""

    project: Project
    environment: Environment
    instructions: tuple[Finding, ...]
    baseline: Baseline


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What came of a run."""

    run_id: RunId
    kind: Kind | None
    verdict: TaskVerdict
    note: str
    """One sentence that says why the verdict is what it is."""
    base: CommitId
    head: CommitId | None = None
    branch: str | None = None
    evidence: Evidence | None = None
    pull_request: PullRequestText | None = None
    rollout: RolloutNote | None = None
    pull_request_address: str | None = None
    questions: tuple[Question, ...] = ()
    tried: tuple[str, ...] = ()
    """What was run without showing the failure, for *cannot reproduce*."""
    spent: Spent = field(default_factory=Spent)
    """On models."""
