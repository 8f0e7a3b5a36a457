"""A request for a model's work, with who asks, what for, and what it may cost."""

from dataclasses import dataclass, field
from typing import TypeAlias

from eaa.domain.completion import Completion, CompletionEvent, CompletionRequest, Restarted
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId, RunId, TaskId
from eaa.domain.kind import Kind
from eaa.domain.model import Capability, Sensitivity, Tier
from eaa.domain.plain_text import require_plain
from eaa.domain.role import RoleName


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays. Each name given is a budget that must have room."""

    organisation_id: OrganisationId = DEFAULT_ORGANISATION
    run_id: RunId | None = None
    task_id: TaskId | None = None
    repository: str | None = None
    user: str | None = None
    team: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that cannot be put on record: after the call it would be too late.

        Raises:
            InvalidRequest: One holds a NUL, or half of a surrogate pair.
        """
        for name in (self.organisation_id, self.run_id, self.task_id, self.repository, self.user, self.team):
            require_plain("a name of the account", name)


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, before a model is chosen for it."""

    request: CompletionRequest
    account: Account = field(default_factory=Account)
    role: RoleName | None = None
    kind: Kind | None = None
    size: Tier | None = None
    """How hard the work is; None lets the rules decide."""
    domain: str | None = None
    """The field of the work, such as `sql`; models tuned for it come first."""
    model: str | None = None
    """A model by its name in `models.toml`, first in line; fallback goes on from there unless `is_pinned`."""
    is_pinned: bool = False
    """Only `model`, no other."""
    needs: frozenset[Capability] = frozenset()
    """Beyond what the request itself needs."""
    max_cost_microusd: int | None = None
    max_latency_s: float | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    prompt_sha256: str | None = None
    """Content hash of the prompt file that the request was rendered from."""
    tags: frozenset[str] = frozenset()
    """For invalidating cached answers."""
    is_cached: bool | None = None
    """None: answers are cached unless they are sampled (temperature above 0)."""
    is_batch: bool = False
    """Nobody waits for this one: where calls queue, it lets others go first."""

    def __post_init__(self) -> None:
        """Refuse words that cannot be put on record beside the answer, as `Account` does.

        Raises:
            InvalidRequest: One holds a NUL, or half of a surrogate pair.
        """
        require_plain("the prompt's hash", self.prompt_sha256)
        for tag in self.tags:
            require_plain("a tag", tag)

    @property
    def run(self) -> str:
        """Whose turn it is where calls queue: the run's, or else the user's."""
        return self.account.run_id or self.account.user or ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one model."""

    model: str
    outcome: str
    """`answered`, or the code of the error."""
    seconds: float
    cost_microusd: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an ask."""

    completion: Completion
    model: str
    """The model's name in `models.toml`."""
    cost_microusd: int | None
    """None: nobody knows the price."""
    is_from_cache: bool = False
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an ask, after its stream's `Finished`: an `Answer` without the words."""

    model: str
    cost_microusd: int | None
    is_from_cache: bool = False
    attempts: tuple[Attempt, ...] = ()


OrchestratedEvent: TypeAlias = CompletionEvent | Restarted | Settled
