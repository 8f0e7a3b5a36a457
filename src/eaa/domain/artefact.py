"""What the roles leave behind; each stage of a run ends with one of these."""

from dataclasses import dataclass, field

from eaa.domain.criterion import Criterion
from eaa.domain.design import Decision
from eaa.domain.fix import FixResult, Suspect
from eaa.domain.ids import CommitId, CriterionId, TestId
from eaa.domain.kind import Kind
from eaa.domain.language import Symbol
from eaa.domain.question import Question
from eaa.domain.repository import FileHistory
from eaa.domain.spent import Spent


@dataclass(frozen=True, slots=True)
class Requirement:
    """PM: what is asked, as kind and criteria; or the questions that stand in the way."""

    kind: Kind
    kind_because: str
    title: str
    """At most 72 characters, usable as a commit subject."""
    criteria: tuple[Criterion, ...]
    questions: tuple[Question, ...] = ()
    unread: tuple[str, ...] = ()
    """Sentences that wish for something and that no criterion holds."""
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class CodeMap:
    """SA: where the request touches the code."""

    symbols: tuple[Symbol, ...]
    """Definitions the request names, or that the failing tests reach, most relevant first."""
    ranked_paths: tuple[tuple[str, str], ...]
    """(path, reason), most relevant first, at most 20."""
    importers: tuple[tuple[str, tuple[str, ...]], ...]
    """(path, files that import it)."""
    callers: tuple[tuple[str, tuple[str, ...]], ...]
    """(qualified name, `path:line` of calls), at most 20 each."""
    history: tuple[FileHistory, ...]
    owners: tuple[tuple[str, str], ...]
    """(path, owner from CODEOWNERS)."""
    public_interface_touched: tuple[str, ...]
    """Signatures of public symbols among `symbols`."""
    components: tuple[str, ...]
    """Top-level packages concerned."""
    decision_needed: str = ""
    """Why a design decision is needed (several components, an interface, a schema, a dependency), or empty."""
    decision: Decision | None = None
    """A model's, where one was asked and its answer could be used."""
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class WrittenTests:
    """QA: the tests of each criterion, in a commit of their own."""

    commit: CommitId
    """The base plus test files; equals the base when the tests were there already."""
    paths: tuple[str, ...]
    """Files written or extended."""
    tests: tuple[tuple[CriterionId, tuple[TestId, ...]], ...]
    red: tuple[TestId, ...]
    """Red on the base for the right reason."""
    green: tuple[TestId, ...]
    """Green on the base already: nothing left to show for them."""
    wrong_reason: tuple[tuple[TestId, str], ...]
    """Red on the base for another reason (import error, fixture), which does not count; with that reason."""
    author: str = ""
    """The model that wrote them; empty for tests that were there, or made from the request's own examples."""
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """RD: whether the failure happens here, how, and where it points."""

    is_reproduced: bool
    tests: tuple[TestId, ...]
    symptom: str
    """Exception type and message of the first failing test, bounded."""
    suspects: tuple[Suspect, ...]
    tried: tuple[str, ...]
    """What was run, one line each; what a *cannot reproduce* verdict shows."""


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One complaint of the project's own tools about the changed files that was not there before."""

    tool: str
    path: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """SD: a change that passes, in a commit without the tests' files; or none, and why."""

    commit: CommitId | None
    fix: FixResult
    chosen: int | None
    """Index into `fix.fixes`."""
    quality: tuple[QualityFinding, ...]
    note: str
    """What was done or why nothing could be, for the person."""
    left_open: tuple[str, ...] = ()
    """What the author itself does not hold for settled, one sentence each."""
    author: str = ""
    """The model that wrote it; empty for a repair that was found without one."""
    first_round: int = 1
    """The round in which this author began; bug reports of earlier ones are about somebody else's work."""
    spent: Spent = field(default_factory=Spent)
    """By its author in this round and those before."""


@dataclass(frozen=True, slots=True)
class BugReport:
    """QA after a failed verification: at most 30 lines back to the author."""

    text: str
    round: int


@dataclass(frozen=True, slots=True)
class Change:
    """RD: the commits of the run, tests first, and the words that go with them."""

    head: CommitId
    commits: tuple[CommitId, ...]
    """From the base up."""
    branch: str
    subject: str


@dataclass(frozen=True, slots=True)
class PullRequestText:
    """RD: title and body; every claim links to the evidence."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class RolloutNote:
    """SRE: what the change means for building, deploying and watching."""

    touched: tuple[str, ...]
    """CI and deployment files concerned, with why."""
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A role whose trigger was not true."""

    reason: str


Artefact = (
    Requirement
    | CodeMap
    | WrittenTests
    | Reproduction
    | Patch
    | BugReport
    | Change
    | PullRequestText
    | RolloutNote
    | Skipped
)
