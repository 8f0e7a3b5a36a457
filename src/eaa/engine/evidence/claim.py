"""What is claimed about a change, before anything was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eaa.domain.brief import Baseline
from eaa.domain.criterion import Criterion
from eaa.domain.environment import Environment
from eaa.domain.errors import InvalidRequest
from eaa.domain.evidence import AddedTests, TokenCount
from eaa.domain.ids import CommitId, CriterionId, RunId, TaskId, TestId
from eaa.domain.kind import PROVABLE_KINDS, Kind
from eaa.domain.origin import Origin
from eaa.domain.project import TestSuite
from eaa.domain.repository import Repository

MUTANT_LIMIT = 40
"""At most this many mutants are run for one claim."""
MUTANT_FLOOR = 8
"""However slow the tests are, this many mutants are run when there are as many."""


@dataclass(frozen=True, slots=True)
class ClaimedCriterion:
    """A criterion and the tests that are said to show it. `text` and `source` also name the reported symptom."""

    id: CriterionId
    text: str
    source: str
    tests: tuple[TestId, ...]
    """Parameters may be left out: `test_a.py::test_b` stands for all of `test_a.py::test_b[…]`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A change from base to head, and what it should make true."""

    kind: Kind
    repository: Repository
    base: CommitId
    head: CommitId
    criteria: tuple[ClaimedCriterion, ...]
    environment: Environment
    suites: tuple[TestSuite, ...]
    """As the base has them; as the head has them when the base has none."""
    task: TaskId | None = None
    run: RunId | None = None
    baseline: Baseline | None = None
    """Of the base commit itself; None measures it."""
    cost_microusd: int = 0
    tokens: TokenCount = field(default_factory=TokenCount)
    mutant_limit: int | None = None
    """Exactly how many covered mutants to run; None lets the tests' duration decide, up to MUTANT_LIMIT."""
    issue_tests: AddedTests | None = None
    """What the head has on top of the branch; None when it is the branch's own commit."""
    left_open: tuple[str, ...] = ()
    """What the author itself says is not settled; with any of it no criterion is more than *plausible*."""
    origin: Origin | None = None
    """The least trusted origin of the request and what was made from it; None when there was no request."""


UNCHANGED_BEHAVIOUR = ClaimedCriterion(
    id=CriterionId("c1"),
    text="The behaviour does not change.",
    source="A refactoring keeps the behaviour as it is.",
    tests=(),
)


def claim_criteria(
    criteria: Sequence[Criterion], tests: Mapping[CriterionId, Sequence[TestId]]
) -> tuple[ClaimedCriterion, ...]:
    """Return criteria with their tests: those that were named from the start and those written since."""
    return tuple(
        ClaimedCriterion(
            id=criterion.id,
            text=criterion.text,
            source=criterion.source,
            tests=tuple(dict.fromkeys((*criterion.tests, *tests.get(criterion.id, ())))),
        )
        for criterion in criteria
    )


def refuse_unprovable(kind: Kind) -> None:
    """Refuse kinds whose rules are not built.

    Raises:
        InvalidRequest: The kind is none of PROVABLE_KINDS.
    """
    if kind not in PROVABLE_KINDS:
        known = ", ".join(sorted(PROVABLE_KINDS))
        raise InvalidRequest(
            f"evidence for changes of kind {kind} cannot be gathered yet",
            hint=f"Kinds that can be proved: {known}. Choose one with `--kind`.",
        )
