"""What comes in: bodies of requests, checked before anything is done with them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from eaa.domain.directive import TEXT_LIMIT_CHARACTERS
from eaa.domain.kind import Kind
from eaa.domain.origin import Origin

LONGEST_REQUEST_CHARACTERS = 1_000_000
MOST_TASKS = 100
"""In one request."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NewTask(_Body):
    """Work for the dispatchers."""

    request: Annotated[str, Field(min_length=1, max_length=LONGEST_REQUEST_CHARACTERS)]
    """What is asked for, in words, or nothing but the address of an issue."""
    repository: Annotated[str, Field(min_length=1, max_length=4_000)]
    """The absolute path of a repository on the service's machine, or its https address."""
    base: Annotated[str | None, Field(max_length=300)] = None
    """The revision to start from; the checkout's head or the default branch otherwise."""
    kind: Kind | None = None
    """Decided by PM when it is not said."""
    origin: Origin = Origin.MEMBER
    """Whose words the request is; less trusted words may do less. An issue's own origin counts instead."""
    offline: bool = False
    """Without a model, whatever is configured."""
    stops_at_plan: bool = False
    """Whether a person says yes to the plan first."""
    budget_usd: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    """What its models may cost, in US dollars."""
    priority: Annotated[int, Field(ge=-1_000, le=1_000)] = 0
    """Among queued runs the smallest goes first."""
    test_command: Annotated[str | None, Field(max_length=2_000)] = None
    setup_command: Annotated[str | None, Field(max_length=2_000)] = None
    python: Annotated[str | None, Field(max_length=2_000)] = None
    """The interpreter of the project's environment, an absolute path on the service's machine."""
    may_install: bool = False
    """A person's yes to building the environment with network access."""

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of the service's machine."""
        return "://" not in self.repository

    @property
    def is_usable_place(self) -> bool:
        """Whether the repository is an address or an absolute path."""
        return not self.is_local or Path(self.repository).is_absolute()


class NewTasks(_Body):
    """Work for the dispatchers, much at a time."""

    tasks: Annotated[tuple[NewTask, ...], Field(min_length=1, max_length=MOST_TASKS)]
    """In the order in which they are answered."""


class Words(_Body):
    """Words for a run's model."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT_CHARACTERS)]


class Answer(_Body):
    """An answer to a question."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT_CHARACTERS)]
    is_members: bool = True
    """False: somebody outside the project, or a program, gives it, and the model is told so."""


class Decision(_Body):
    """A yes or a no to exactly one thing."""

    decision: Literal["approve", "decline"]
    subject: Annotated[str, Field(min_length=8, max_length=64, pattern="^[0-9a-f]+$")]
    """What it is about, as the approval says it: its beginning, 8 characters at least. Another subject is refused."""
