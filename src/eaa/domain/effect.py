"""A write to the outside, in the ledger: decided once, done once, receipted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eaa.domain.ids import EffectId, OrganisationId, RunId
from eaa.domain.origin import Origin


class EffectKind(StrEnum):
    """What kind of write."""

    PUBLISH_BRANCH = "publish branch"
    """Into a repository on this machine."""
    PUSH_BRANCH = "push branch"
    """To a repository elsewhere, such as on a code host."""
    OPEN_PULL_REQUEST = "open pull request"
    COMMENT = "comment"


class EffectState(StrEnum):
    """How far it got."""

    INTENDED = "intended"
    """Decided; it may or may not have happened. A resume looks the outside up before acting again."""
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    """The table of effects and origins, or the other side, said no for good; see the receipt."""


@dataclass(frozen=True, slots=True)
class Effect:
    """An intended or confirmed write. Unique by (organisation, run, kind, marker)."""

    id: EffectId
    organisation_id: OrganisationId
    run_id: RunId
    kind: EffectKind
    target: str
    """The outside thing that is written to: a repository's source, a pull request's address."""
    marker: str
    """How to find the write again in the outside: a branch name, a hidden comment marker."""
    payload_sha256: str
    state: EffectState
    receipt: str | None
    """What the other side answered: a commit id, an address."""
    created_at: datetime
    updated_at: datetime
    origin: Origin
    """The least trusted origin of what the run was made from."""
