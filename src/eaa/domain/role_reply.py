"""What a role's service tells: of itself, of a call, of its run."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.errors import EaaError
from eaa.domain.ids import BlobId, RoleCallId, RunId
from eaa.domain.role import RoleName
from eaa.domain.role_call import CallState


@dataclass(frozen=True, slots=True)
class RoleReply:
    """A call as its service tells it."""

    id: RoleCallId
    role: RoleName
    run_id: RunId
    generation: int
    name: str
    state: CallState
    brief: BlobId
    owner_slot: str | None = None
    artefact: BlobId | None = None
    artefact_json: bytes | None = None
    """Of a call that is done, unless the role had nothing to do."""
    skipped: str | None = None
    """Why the role had nothing to do."""
    fault: EaaError | None = None
    """Why a call failed."""


@dataclass(frozen=True, slots=True)
class RoleEvent:
    """A fact about the run of a call."""

    id: str
    type: str
    at: datetime
    data: bytes
    """JSON."""


@dataclass(frozen=True, slots=True)
class RoleDescription:
    """What serves a role."""

    role: RoleName
    version: str
    slot: str
    """Of the process that answered."""
    replicas: tuple[tuple[str, str, bool], ...]
    """(slot, host, whether it takes nothing new), sorted by slot."""
    at_once: int
    waiting: int
    working: int
