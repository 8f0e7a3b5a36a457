"""One attempt at an exercise, and what its hidden tests say about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from eaa.domain.evidence import TokenCount
from eaa.domain.ids import CommitId, RunId
from eaa.domain.verdict import TaskVerdict


class Arm(StrEnum):
    """How an exercise is attempted."""

    SINGLE = "single"
    """One conversation of one author; what it submits is believed."""
    SINGLE_VERIFY = "single+verify"
    """The same conversation, and our verification of what it submits."""
    TEAM = "team"
    """The whole workflow."""


@dataclass(frozen=True, slots=True)
class HiddenOutcome:
    """What the hidden tests said about one commit, in one run."""

    passed: int
    of: int
    first_failing: str = ""
    """One test that did not pass, with how it ended."""
    is_forged: bool = False
    """Whether a test that must fail was reported as anything else: nothing the others say counts then."""

    @property
    def is_passed(self) -> bool:
        """Whether all of them passed, and can be believed."""
        return self.of > 0 and self.passed == self.of and not self.is_forged


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one arm's attempt at one exercise."""

    exercise: str
    arm: Arm
    run: RunId | None = None
    """Of `eaa task show`; None when it came to no run."""
    is_claimed: bool = False
    """Whether the arm says that it is done: `single` by submitting a change, the others by the verdict *done*."""
    is_resolved: bool = False
    """Whether it left a head on which every hidden test passes."""
    is_withheld_right: bool = False
    """Whether nothing was left, and what was withheld would have passed every hidden test."""
    verdict: TaskVerdict | None = None
    """None where nothing is verified, or the run did not come to its end."""
    reason: str = ""
    """Why it is not resolved or not claimed, in one sentence."""
    hidden: HiddenOutcome | None = None
    """None when there was no commit to look at."""
    base: CommitId | None = None
    head: CommitId | None = None
    """What was left; None when nothing was."""
    patch: str = ""
    """From the base to the head, as `git diff` writes it."""
    cost_microusd: int = 0
    """Of answers whose price is known."""
    tokens: TokenCount = field(default_factory=TokenCount)
    seconds: float = 0.0
    """Of the attempt in the process that ended it, without the hidden tests."""
    is_shared: bool = False
    """Whether the conversation is that of arm `single`: its cost is counted there and here, and was paid once."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """An exercise that measures nothing here, and why."""

    exercise: str
    reason: str
