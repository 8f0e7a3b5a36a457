"""What a loop is asked to do, with what, and what came of it."""

from dataclasses import dataclass, field

from eaa.domain.ask import Account
from eaa.domain.environment import Environment
from eaa.domain.ids import CommitId
from eaa.domain.kind import Kind
from eaa.domain.project import Project
from eaa.domain.repository import Repository
from eaa.domain.role import RoleName
from eaa.domain.run import Run
from eaa.domain.transcript import Ended, Opened, Told
from eaa.engine.agent.compacting import Summarise, summed_up_without_model
from eaa.engine.agent.limits import Limits, Used
from eaa.engine.agent.tools.people import DependencyWish
from eaa.engine.agent.tools.specs import ALL_TOOLS
from eaa.engine.journal import Desk
from eaa.engine.tools import Tools
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.outside_tools import OutsideTools
from eaa.ports.sandbox import Sandbox
from eaa.ports.schemas import Schemas
from eaa.ports.steering import Steering


@dataclass(frozen=True, slots=True)
class Job:
    """One conversation of a run. Asked for again, it goes on where it was; ended, it says how."""

    run: Run
    """Carries the generation of this execution."""
    context: str
    """Names the conversation, such as `author`."""
    role: RoleName
    repository: Repository
    environment: Environment
    project: Project
    opened: Opened
    """How the conversation begins, when it has not begun yet; else what stands in the transcript counts."""
    told: tuple[Told, ...] = ()
    """Words of the run, each with a key, such as a bug report. What is new of them continues an ended loop."""
    allowed: frozenset[str] = ALL_TOOLS
    limits: Limits = field(default_factory=Limits)
    account: Account = field(default_factory=Account)
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class AgentPorts:
    """What a loop works with."""

    desk: Desk
    tools: Tools
    sandbox: Sandbox
    schemas: Schemas
    orchestrator: Orchestrator
    steering: Steering
    summarise: Summarise = summed_up_without_model
    outside: OutsideTools | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a loop stands at its end."""

    ended: Ended
    start: CommitId
    tree: CommitId
    """What the workspace was stored as last; equal to `start` when nothing changed."""
    used: Used
    model: str = ""
    """The one that answered last."""
    wishes: tuple[DependencyWish, ...] = ()
    by_hand: tuple[str, ...] = ()
    """Files that a person changed in the workspace, sorted."""
