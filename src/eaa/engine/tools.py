"""What a role may use: the ports, in one value."""

from dataclasses import dataclass

from eaa.engine.agent.desk import AgentDesk
from eaa.ports.clock import Clock
from eaa.ports.fixer import Fixer
from eaa.ports.progress import Progress
from eaa.ports.repositories import Repositories
from eaa.ports.toolchain import Toolchain
from eaa.ports.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Tools:
    """The ports every role works with. Roles keep nothing between two stages: a brief in, an artefact out."""

    repositories: Repositories
    workspaces: Workspaces
    toolchain: Toolchain
    """Of the language the brief's project is written in."""
    fixer: Fixer
    clock: Clock
    progress: Progress
    agents: AgentDesk | None = None
    """What working with models takes; None in a process that has no model."""
