"""What the orchestrator works with: the ports, and what it remembers between calls."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from eaa.domain.catalogue import Catalogue
from eaa.engine.llm.health import Health
from eaa.engine.llm.limits import FairGates
from eaa.engine.llm.rates import RateLimits
from eaa.engine.llm.selection import Choices
from eaa.engine.llm.tokens import TokenEstimator
from eaa.engine.llm.usage import UsageRecorder
from eaa.engine.toggles import AllOn
from eaa.ports.budgets import Budgets
from eaa.ports.clock import Clock
from eaa.ports.ids import Ids
from eaa.ports.model_keys import ModelKeys
from eaa.ports.models import Models
from eaa.ports.rates import Rates
from eaa.ports.toggles import Toggles

PATIENCE_S = 180.0
"""How long an ask outlasts an outage of everything."""


@dataclass(frozen=True, slots=True)
class LlmDesk:
    """One a process."""

    catalogue: Catalogue
    models: Models
    keys: ModelKeys
    budgets: Budgets
    usage: UsageRecorder
    health: Health
    clock: Clock
    ids: Ids
    slot: str
    """The executor slot of this process; names its reservations."""
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    """Evenly from [0, 1)."""
    patience_s: float = PATIENCE_S
    tokens: TokenEstimator = field(default_factory=TokenEstimator)
    gates: FairGates = field(default_factory=FairGates)
    rates: RateLimits = field(default_factory=RateLimits)
    shared_rates: Rates | None = None
    """Limits a minute that other processes use as well; None: this one is alone."""
    toggles: Toggles = field(default_factory=AllOn)
    choices: Choices = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "choices", Choices(self.catalogue, self.tokens))

    def now_s(self) -> float:
        """Return Unix time in seconds."""
        return self.clock.now().timestamp()
