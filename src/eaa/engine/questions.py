"""Questions of a model that only a person can answer."""

from eaa.domain.directive import WORDS
from eaa.domain.errors import InvalidRequest
from eaa.domain.event_data import RunParked
from eaa.domain.parked import PersonAsked
from eaa.domain.run import Run, RunState
from eaa.engine.codec import decode
from eaa.ports.store import Session


async def refuse_unanswered(session: Session, run: Run) -> None:
    """Refuse to go on with a run that asked something while nobody has told it anything since.

    Raises:
        InvalidRequest: It waits for an answer.
    """
    if run.state is not RunState.WAITING:
        return
    halts = [event for event in await session.events.of_run(run.id) if event.type in ("run.parked", "run.paused")]
    if not halts or halts[-1].type == "run.paused":
        return
    said = decode(halts[-1].data, RunParked)
    if said.code != PersonAsked.code or said.told is None:
        return
    since = (await session.directives.of_run(run.id))[said.told :]
    if not any(one.kind in WORDS for one in since):
        raise InvalidRequest(
            f"run {run.id} waits for an answer to its question, and there is none yet",
            hint=f"{said.hint} What it asks is in `eaa task show {run.task_id}`.",
        )
