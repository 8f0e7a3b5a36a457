"""What trials amount to: pure sums, and how sure one can be of a share."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from eaa.domain.evidence import TokenCount
from eaa.domain.trial import Arm, Invalid, Trial

_NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence (Wilson's score interval); None of nothing."""
        if self.of == 0:
            return None
        share, square = self.count / self.of, _NORMAL_95**2 / self.of
        centre = (share + square / 2) / (1 + square)
        reach = _NORMAL_95 * sqrt(share * (1 - share) / self.of + square / (4 * self.of)) / (1 + square)
        return max(0.0, centre - reach), min(1.0, centre + reach)


@dataclass(frozen=True, slots=True)
class ArmTotal:
    """One arm over all its exercises."""

    arm: Arm
    resolved: Share
    claimed: Share
    resolved_if_claimed: Share
    """Of those that the arm claims: how often its word is right."""
    withheld_right: int
    """Left nothing though what was withheld would have passed."""
    cost_microusd: int
    unpriced: int
    """Trials with tokens and without a price."""
    tokens: TokenCount
    seconds: float
    verdicts: tuple[tuple[str, int], ...]
    """(verdict or how else it ended, how many), the most frequent first."""


@dataclass(frozen=True, slots=True)
class TrialsReport:
    """Everything that was found out."""

    trials: tuple[Trial, ...]
    invalid: tuple[Invalid, ...]
    totals: tuple[ArmTotal, ...]
    """In the order of `Arm`; arms without a trial are left out."""


def report_on(trials: Sequence[Trial], invalid: Sequence[Invalid]) -> TrialsReport:
    """Return the sums of trials; those of exercises that are not valid must not be among them."""
    by_arm = [(arm, [trial for trial in trials if trial.arm is arm]) for arm in Arm]
    return TrialsReport(tuple(trials), tuple(invalid), tuple(_total(arm, ones) for arm, ones in by_arm if ones))


def ending_of(trial: Trial) -> str:
    """Return in a word or two how a trial ended: its verdict, or what it was instead."""
    if trial.verdict is not None:
        return trial.verdict
    if trial.is_claimed:
        return "submitted"
    return "nothing submitted" if not trial.reason else "ended early"


def is_unpriced(trial: Trial) -> bool:
    """Return whether tokens were used for which no price is known."""
    return trial.cost_microusd == 0 and trial.tokens != TokenCount()


def _total(arm: Arm, trials: Sequence[Trial]) -> ArmTotal:
    claimed = [trial for trial in trials if trial.is_claimed]
    endings = [ending_of(trial) for trial in trials]
    counted = {ending: endings.count(ending) for ending in endings}
    return ArmTotal(
        arm=arm,
        resolved=Share(sum(trial.is_resolved for trial in trials), len(trials)),
        claimed=Share(len(claimed), len(trials)),
        resolved_if_claimed=Share(sum(trial.is_resolved for trial in claimed), len(claimed)),
        withheld_right=sum(trial.is_withheld_right for trial in trials),
        cost_microusd=sum(trial.cost_microusd for trial in trials),
        unpriced=sum(is_unpriced(trial) for trial in trials),
        tokens=TokenCount(
            input=sum(trial.tokens.input for trial in trials),
            cached_input=sum(trial.tokens.cached_input for trial in trials),
            output=sum(trial.tokens.output for trial in trials),
        ),
        seconds=sum(trial.seconds for trial in trials),
        verdicts=tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0]))),
    )
