"""What a run has cost so far, however it ended: read off its records."""

from functools import reduce
from operator import add

import msgspec

from eaa.domain.run import Run
from eaa.domain.spent import Spent, spent_on
from eaa.domain.step import StepRecord
from eaa.engine.codec import decode
from eaa.engine.journal import Desk
from eaa.engine.tasks import tell_story
from eaa.engine.workflows.stages import Staged
from eaa.ports.blobs import Blobs

_ASKED_ONCE = "PM · requirement"
"""The one stage that asks a model outside of any conversation."""


async def spent_so_far(run: Run, *, desk: Desk) -> Spent:
    """Return the sum over the run's conversations, those that were given up included, and its single questions."""
    story = await tell_story(run, desk=desk)
    conversations = [spent_on(one.used.tokens, one.used.cost_microusd) for one in story.conversations]
    questions = [await _asked(step, desk.blobs) for step in story.steps if step.name == _ASKED_ONCE]
    return reduce(add, (*conversations, *questions), Spent())


async def _asked(step: StepRecord, blobs: Blobs) -> Spent:
    output = step.output if step.output_blob is None else await blobs.get(step.output_blob)
    artefact = decode(output, Staged).artefact
    spent = artefact.get("spent") if isinstance(artefact, dict) else None
    return msgspec.convert(spent, Spent) if spent is not None else Spent()
