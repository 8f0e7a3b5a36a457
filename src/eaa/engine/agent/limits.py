"""What one loop may use, counted from its transcript, so that a kill neither resets nor hides anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from eaa.domain.completion import TokenUsage
from eaa.domain.transcript import Ended, EndReason, Noted, Replied, Resumed

LEAST_TOKENS = 80_000
"""Some ten answers with their prompts."""
_MICROUSD_PER_USD = 1_000_000
_ANSWERS, _TOKENS, _WORK = " answers of the model", " tokens", " s of work"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a loop uses. The orchestrator's budgets hold besides.

    Money is that of the whole conversation. Everything else counts from where a limit ended the loop last: whoever lets
    it go on from there grants as much again, since no option raises it.
    """

    answers: int = 80
    """Of the model."""
    tokens: int = 2_000_000
    """Of all prompts and answers together, read from a provider's cache or not."""
    cost_microusd: int = 2_000_000
    wall_s: float = 3_600.0
    """Of work; the time between a kill and a resume does not count."""
    answer_s: float = 600.0
    """For one answer of the model."""
    answer_tokens: int | None = None
    """Of one answer; None leaves it to the model."""
    context_tokens: int = 120_000
    """A prompt longer than this is compacted first."""

    def shared(self, share: float) -> "Limits":
        """Return the limits of a conversation that may use only a share of a run's tokens and money.

        A small run's share of tokens would not be enough to look at anything: below LEAST_TOKENS only the run's own
        budget holds.
        """
        tokens = min(self.tokens, max(int(self.tokens * share), LEAST_TOKENS))
        return replace(self, tokens=tokens, cost_microusd=int(self.cost_microusd * share))


@dataclass(frozen=True, slots=True)
class Used:
    """What a loop has used so far."""

    answers: int
    tokens: TokenUsage
    cost_microusd: int
    """Of answers whose price is known."""
    wall_s: float


class Usage:
    """What a transcript has used, kept up as it grows."""

    def __init__(self) -> None:
        self._answers, self._tokens, self._cost_microusd, self._wall_s = 0, TokenUsage(), 0, 0.0
        self._last_at: datetime | None = None
        self._granted = Used(0, TokenUsage(), 0, 0.0)

    def add(self, one: Noted) -> None:
        """Take in the next entry."""
        if self._last_at is not None and not isinstance(one.entry, Resumed):
            self._wall_s += (one.at - self._last_at).total_seconds()
        self._last_at = one.at
        if isinstance(one.entry, Replied):
            self._answers += 1
            self._tokens += one.entry.completion.usage or TokenUsage()
            self._cost_microusd += one.entry.cost_microusd or 0
        if isinstance(one.entry, Ended) and one.entry.why is EndReason.LIMIT:
            self._granted = self.used()

    def used(self, *, now: datetime | None = None) -> Used:
        """Return it; `now` counts the time since the last entry too."""
        since_s = (now - self._last_at).total_seconds() if now is not None and self._last_at is not None else 0.0
        return Used(self._answers, self._tokens, self._cost_microusd, self._wall_s + since_s)

    def counted(self, *, now: datetime) -> Used:
        """Return what counts against the limits now: money in all, the rest since a limit ended the loop last."""
        spent, granted = self.used(now=now), self._granted
        return Used(
            answers=spent.answers - granted.answers,
            tokens=spent.tokens - granted.tokens,
            cost_microusd=spent.cost_microusd,
            wall_s=spent.wall_s - granted.wall_s,
        )


def used(noted: Sequence[Noted]) -> Used:
    """Return what a transcript has used."""
    usage = Usage()
    for one in noted:
        usage.add(one)
    return usage.used()


def passed(spent: Used, limits: Limits) -> str | None:
    """Return which limit leaves no room for another answer, in words; None when all have room."""
    if spent.answers >= limits.answers:
        return f"{limits.answers}{_ANSWERS}"
    if spent.tokens.total_tokens >= limits.tokens:
        return f"{limits.tokens}{_TOKENS}"
    if spent.cost_microusd >= limits.cost_microusd:
        return f"{limits.cost_microusd / _MICROUSD_PER_USD:.2f} USD"
    if spent.wall_s >= limits.wall_s:
        return f"{limits.wall_s:.0f}{_WORK}"
    return None


def is_granted_again(limit: str) -> bool:
    """Return whether going on is enough to have as much again; money has to be raised."""
    return limit.endswith((_ANSWERS, _TOKENS, _WORK))
