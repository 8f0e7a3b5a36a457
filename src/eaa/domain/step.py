"""One durable unit of a run."""

from dataclasses import dataclass
from datetime import datetime

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.ids import BlobId, OrganisationId, RunId


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What a finished step took in, gave out and how long it took. Unique by (run, sequence)."""

    organisation_id: OrganisationId
    run_id: RunId
    sequence: int
    """From 1, in the order of execution."""
    name: str
    input_sha256: str
    output: bytes
    """JSON, at most INLINE_LIMIT_BYTES; empty when `output_blob` is set."""
    output_blob: BlobId | None
    started_at: datetime
    ended_at: datetime

    def __post_init__(self) -> None:
        if len(self.output) > INLINE_LIMIT_BYTES:
            raise ValueError("a step's inline output is larger than a row may hold")
