"""What other programs may do through the door, as the person who opened it said."""

from dataclasses import dataclass, field

from eaa.domain.environment import EnvironmentRequest
from eaa.domain.origin import Origin
from eaa.engine.journal import Desk
from eaa.ports.model_usage import UsageLog
from eaa.ports.repositories import Repositories
from eaa.ports.run_processes import RunProcesses
from eaa.ports.slots import Slots


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """Said on the command line of `eaa mcp`, and nowhere else: a program cannot widen them."""

    origin: Origin = Origin.MACHINE
    """Of every text that comes through the door."""
    repositories: tuple[str, ...] = ()
    """The only folders and addresses that work may be asked for; empty allows any that this user can read."""
    most_usd: float = 2.0
    """The most that the models of one run may cost."""
    environment: EnvironmentRequest = field(default_factory=EnvironmentRequest)
    """How tests are run, and whether packages may be installed for them."""
    has_models: bool = False
    """Whether any model is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What answering takes."""

    rules: HouseRules
    desk: Desk
    slots: Slots
    usage: UsageLog
    repositories: Repositories
    processes: RunProcesses
