"""Evidence: criterion → tests → outcomes, on recorded trees. The shape of `evidence.json` (DESIGN §5)."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.ids import CommitId, CriterionId, EnvironmentKey, RunId, TaskId, TestId, TreeId
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict, TaskVerdict

EVIDENCE_VERSION = 1
RUNS_PER_SIDE = 3
MUTANTS_KILLED_AT_LEAST = 0.6
"""Share of the covered mutants of the changed lines that the criteria's tests must kill (DESIGN §5)."""


@dataclass(frozen=True, slots=True)
class TreeState:
    """A commit and its tree, both checked by verify."""

    commit: CommitId
    tree: TreeId


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A new file with text in it."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class AddedTests:
    """Tests of an issue's examples that a proof laid over a branch: the head is a commit with them on top of it."""

    onto: CommitId
    """The branch's own last commit."""
    files: tuple[AddedFile, ...]


@dataclass(frozen=True, slots=True)
class TestEvidence:
    """One test of a criterion on both sides, RUNS_PER_SIDE outcomes each."""

    __test__ = False

    id: TestId
    path: str
    """File that holds the test, relative to the repository."""
    file_blob: str
    """git blob hash of that file in the head tree."""
    base: tuple[Outcome, ...]
    base_exception: str | None
    """Exception type seen on the base, the same in every run, else None."""
    stub: Outcome | None
    """Outcome with every new symbol replaced by a stub; None when the change adds no symbol."""
    head: tuple[Outcome, ...]
    log_sha256: str
    """SHA-256 of the canonical log: one line a run, `side seed outcome exception`; re-derivable anywhere."""


@dataclass(frozen=True, slots=True)
class CriterionEvidence:
    """One criterion, what was tried and what it amounts to."""

    id: CriterionId
    text: str
    source: str
    verdict: CriterionVerdict
    method: str
    """How the verdict was reached, one sentence a person can check."""
    tests: tuple[TestEvidence, ...]


@dataclass(frozen=True, slots=True)
class NotRun:
    """Tests left out of the regression set, and why."""

    test: TestId
    reason: str


@dataclass(frozen=True, slots=True)
class Regression:
    """The project's other tests, on both sides."""

    selected: int
    passed_base: int
    passed_head: int
    newly_failing: tuple[TestId, ...]
    newly_passing: tuple[TestId, ...]
    flaky: tuple[TestId, ...]
    not_run: tuple[NotRun, ...]


@dataclass(frozen=True, slots=True)
class SurvivingMutant:
    """A change of behaviour that no test of a criterion noticed."""

    path: str
    line: int
    description: str


@dataclass(frozen=True, slots=True)
class MutantCount:
    """Mutants of the changed lines, as far as the criteria's tests execute those lines."""

    made: int
    covered: int
    """On lines that the criteria's tests execute."""
    killed: int
    survivors: tuple[SurvivingMutant, ...]
    left_out: int = 0
    """Covered ones that were not run, to bound the time; chosen evenly over the lines."""

    @property
    def run(self) -> int:
        """How many were run: killed or survived."""
        return self.covered - self.left_out

    @property
    def is_enough(self) -> bool:
        """Whether the tests notice enough of them; with nothing covered there is nothing to notice."""
        return self.run == 0 or self.killed >= MUTANTS_KILLED_AT_LEAST * self.run


class TamperKind(StrEnum):
    """Ways of making a check pass without making the claim true."""

    TEST_DELETED = "test deleted"
    TEST_WEAKENED = "test weakened"
    TEST_SKIPPED = "test skipped"
    CI_EDITED = "ci edited"
    TEST_CONFIGURATION_EDITED = "test configuration edited"
    ANSWER_HARD_CODED = "answer hard-coded"
    RESULT_FORGED = "result forged"
    """Results are printed, hooked or written instead of produced by running the test."""


class Severity(StrEnum):
    """Whether a finding decides the verdict or asks for a look."""

    DECISIVE = "decisive"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class TamperFinding:
    """Something in the change that makes a check easier to pass."""

    kind: TamperKind
    severity: Severity
    path: str
    line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Model tokens of a run; all zero without a model."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything anyone needs to derive the verdict again. Contains no clock time and no machine path."""

    version: int
    task: TaskId | None
    """None when a change of somebody else was proved."""
    run: RunId | None
    kind: Kind
    base: TreeState
    head: TreeState
    patch_id: str
    """`git patch-id --stable` of the difference."""
    environment_key: EnvironmentKey
    criteria: tuple[CriterionEvidence, ...]
    regression: Regression
    mutants: MutantCount
    tamper: tuple[TamperFinding, ...]
    interface_changes: tuple[str, ...]
    """Public interface lines added (`+ …`) or removed (`- …`) by the change."""
    uncovered_lines: tuple[tuple[str, tuple[int, ...]], ...]
    """Changed source lines that no test executes."""
    verdict: TaskVerdict
    cost_microusd: int
    tokens: TokenCount
    versions: tuple[tuple[str, str], ...]
    """(part, version) of what produced this: eaa, the interpreter, the test framework."""
    issue_tests: AddedTests | None = None
    """What the head has on top of the branch that was proved; None when the head is the branch's own commit."""
    left_open: tuple[str, ...] = ()
    """What the change's own author says is not settled, such as another change that passes as well; any of it keeps
    *shown* from being said."""
    origin: Origin | None = None
    """The least trusted origin of the request that the criteria come from; None when nobody said."""
