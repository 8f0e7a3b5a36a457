"""What one loop may use, counted from its transcript, so that a kill neither resets nor hides anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from eaa.domain.completion import TokenUsage
from eaa.domain.transcript import Noted, Replied, Resumed

_MICROUSD_PER_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a loop uses. The orchestrator's budgets hold besides."""

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


@dataclass(frozen=True, slots=True)
class Used:
    """What a loop has used so far."""

    answers: int
    tokens: TokenUsage
    cost_microusd: int
    """Of answers whose price is known."""
    wall_s: float


def used(noted: Sequence[Noted], *, now: datetime | None = None) -> Used:
    """Return what a transcript has used; `now` counts the time since its last entry too."""
    replies = [one.entry for one in noted if isinstance(one.entry, Replied)]
    tokens = sum((reply.completion.usage or TokenUsage() for reply in replies), TokenUsage())
    return Used(
        answers=len(replies),
        tokens=tokens,
        cost_microusd=sum(reply.cost_microusd or 0 for reply in replies),
        wall_s=_worked_s(noted) + ((now - noted[-1].at).total_seconds() if noted and now is not None else 0.0),
    )


def passed(noted: Sequence[Noted], limits: Limits, *, now: datetime) -> str | None:
    """Return which limit leaves no room for another answer, in words; None when all have room."""
    spent = used(noted, now=now)
    if spent.answers >= limits.answers:
        return f"{limits.answers} answers of the model"
    if spent.tokens.total_tokens >= limits.tokens:
        return f"{limits.tokens} tokens"
    if spent.cost_microusd >= limits.cost_microusd:
        return f"{limits.cost_microusd / _MICROUSD_PER_USD:.2f} USD"
    if spent.wall_s >= limits.wall_s:
        return f"{limits.wall_s:.0f} s of work"
    return None


def _worked_s(noted: Sequence[Noted]) -> float:
    pairs = pairwise(noted)
    return sum(
        (after.at - before.at).total_seconds() for before, after in pairs if not isinstance(after.entry, Resumed)
    )
