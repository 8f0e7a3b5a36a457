"""Where a replay or a fork begins, and what it finds there."""

from eaa.domain.blob import INLINE_LIMIT_BYTES
from eaa.domain.errors import InvalidRequest
from eaa.domain.recording import RecordedStep, Recording
from eaa.domain.run import Run
from eaa.domain.step import StepRecord
from eaa.domain.transcript import Noted, TranscriptRow
from eaa.engine.agent.entries import encode_entry, kind_of
from eaa.ports.blobs import Blobs


def find_step(recording: Recording, wanted: str) -> RecordedStep:
    """Return the step that a person named: by its number, its title, or a part of it that fits one step alone.

    Raises:
        InvalidRequest: No step or several are named so; the hint lists all of them.
    """
    steps = recording.steps
    if wanted.isdecimal():
        fitting = [step for step in steps if step.sequence == int(wanted)]
    else:
        fitting = [step for step in steps if step.name.lower() == wanted.lower()]
        fitting = fitting or [step for step in steps if wanted.lower() in step.name.lower()]
    if len(fitting) == 1:
        return fitting[0]
    named = ", ".join(f"{step.sequence} `{step.name}`" for step in steps)
    how = "several steps fit" if fitting else "the record has no step"
    raise InvalidRequest(f"{how} {wanted!r}", hint=f"Its steps are: {named or 'none'}.")


def entries_before(recording: Recording, first: int) -> dict[str, tuple[Noted, ...]]:
    """Return what stood in each conversation when a step began: all that came before the step before it ended."""
    earlier = recording.step(first - 1)
    if earlier is None:
        return {}
    found = {
        one.context: tuple(noted for noted in one.entries if noted.at <= earlier.ended_at)
        for one in recording.conversations
    }
    return {context: entries for context, entries in found.items() if entries}


async def transcript_row(noted: Noted, run: Run, context: str, *, blobs: Blobs) -> TranscriptRow:
    """Return an entry as it is stored for a run."""
    content = encode_entry(noted.entry)
    is_large = len(content) > INLINE_LIMIT_BYTES
    return TranscriptRow(
        organisation_id=run.organisation_id,
        run_id=run.id,
        context=context,
        sequence=noted.sequence,
        kind=kind_of(noted.entry),
        content=b"" if is_large else content,
        content_blob=await blobs.put(content) if is_large else None,
        created_at=noted.at,
    )


async def step_record(recorded: RecordedStep, run: Run, input_sha256: str, *, blobs: Blobs) -> StepRecord:
    """Return a step as it is stored for a run."""
    is_large = len(recorded.output) > INLINE_LIMIT_BYTES
    return StepRecord(
        organisation_id=run.organisation_id,
        run_id=run.id,
        sequence=recorded.sequence,
        name=recorded.name,
        input_sha256=input_sha256,
        output=b"" if is_large else recorded.output,
        output_blob=await blobs.put(recorded.output) if is_large else None,
        started_at=recorded.started_at,
        ended_at=recorded.ended_at,
    )
