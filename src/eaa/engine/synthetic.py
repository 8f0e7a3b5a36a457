"""A little task of our own, now and then, through the same doors and processes as everybody's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from eaa.domain.run import ENDED_STATES, Run
from eaa.domain.toggle import Toggle
from eaa.domain.verdict import TaskVerdict
from eaa.engine.intake import Request, open_run_in, same_task
from eaa.engine.journal import Desk
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.engine.toggles import is_on_in
from eaa.ports.signals import Signals
from eaa.ports.store import Session

SOURCE = "synthetic check"
LONGEST = timedelta(minutes=15)
"""After which a check that has not ended counts as failed; by itself it takes seconds."""
EXPECTED = frozenset({TaskVerdict.DONE, TaskVerdict.PLAUSIBLE})
"""A branch was published with its evidence."""
PRIORITY = 100
"""Behind everybody's work."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the newest check came to."""

    ended_at: datetime
    seconds: float
    """From the moment it was queued."""
    fault: str | None = None
    """What was wrong; None when it went well."""


@dataclass(slots=True, kw_only=True)
class SyntheticCheck:
    """One process's share: whoever has the turn queues the task, everybody sees what came of it."""

    desk: Desk
    signals: Signals
    request: Callable[[], Awaitable[Request]]
    """Makes the little project, where it is not there yet, and what is asked of it."""
    every: timedelta
    checked: Checked | None = None
    """As this process saw it last; None before the first."""
    _request: Request | None = None

    async def begin(self) -> None:
        """Queue the task again, unless its last run goes on or the installation takes nothing new."""
        request = await self._asked()
        async with self.desk.store.begin() as session:
            if await is_on_in(session, Toggle.INTAKE):
                await open_run_in(session, request, owner_slot=None, desk=self.desk)
        await self.signals.ring(RUNS_TOPIC)

    async def look(self) -> None:
        """See what came of the newest check."""
        request = await self._asked()
        async with self.desk.store.begin() as session:
            runs = await self._runs(session, request)
        now = self.desk.clock.now()
        ended = next((run for run in reversed(runs) if run.state in ENDED_STATES), None)
        if runs and runs[-1].state not in ENDED_STATES and now - runs[-1].created_at > LONGEST:
            waited_s = (now - runs[-1].created_at).total_seconds()
            self.checked = Checked(now, waited_s, f"run {runs[-1].id} is {runs[-1].state} after {LONGEST}")
        elif ended is not None:
            self.checked = _outcome(ended)

    async def fault(self) -> str | None:
        """Say what is wrong with the newest check, None when it went well or there was none."""
        await self.look()
        return None if self.checked is None else self.checked.fault

    async def _asked(self) -> Request:
        if self._request is None:
            self._request = await self.request()
        return self._request

    async def _runs(self, session: Session, request: Request) -> tuple[Run, ...]:
        task = await same_task(session, request)
        return () if task is None else await session.runs.of_task(task.id)


def _outcome(run: Run) -> Checked:
    seconds = (run.updated_at - run.created_at).total_seconds()
    if run.verdict in EXPECTED:
        return Checked(run.updated_at, seconds)
    return Checked(run.updated_at, seconds, f"run {run.id} came to {run.verdict or run.state}")
