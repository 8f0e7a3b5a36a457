"""What calls to models used: one small row a call."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.ask import Account
from eaa.domain.completion import TokenUsage
from eaa.domain.role import RoleName


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """One call, whatever came of it. Holds no words of prompt or answer."""

    id: str
    account: Account
    model: str
    role: RoleName | None
    outcome: str
    """`answered`, `cached`, or the code of the error that ended it."""
    usage: TokenUsage
    is_estimated: bool
    """Whether the provider said nothing and the tokens are our estimate."""
    cost_microusd: int | None
    """None: the price is not known."""
    prompt_sha256: str | None
    seconds: float
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A sum over calls that share a key."""

    key: str
    """A role, a model, a task or a day; `-` where there is none."""
    calls: int
    cached_calls: int
    """Answered from our own cache."""
    failed_calls: int
    usage: TokenUsage
    cost_microusd: int
    """Of the calls whose price is known."""
    unpriced_tokens: int
    wasted_microusd: int
    """Paid for calls that failed in the end."""
