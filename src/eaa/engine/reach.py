"""Which runs a machine can bring to their end: a change of a folder is published where the folder is."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from eaa.domain.ids import RunId
from eaa.engine.workflows.order import Order
from eaa.ports.repositories import Repositories

ASK_AGAIN_S = 30.0
"""After which a run that was out of reach is looked at again: a disk may have been mounted since."""
LOOK_S = 20.0
"""How long a folder may take to answer."""
_log = structlog.get_logger()


@dataclass(slots=True)
class Reach:
    """What this process found out of its reach. Such runs stay in the queue for a machine that has their folder."""

    repositories: Repositories
    now_s: Callable[[], float] = time.monotonic
    _far: dict[RunId, float] = field(default_factory=dict)
    _near: dict[RunId, float] = field(default_factory=dict)
    _looking: dict[RunId, asyncio.Future[bool]] = field(default_factory=dict)

    def far(self) -> frozenset[RunId]:
        """Return the runs that need not be looked at now."""
        since = self.now_s() - ASK_AGAIN_S
        self._far, self._near = (
            {run_id: at for run_id, at in found.items() if at > since} for found in (self._far, self._near)
        )
        return frozenset(self._far)

    def is_near(self, run_id: RunId) -> bool:
        """Return whether somebody has looked lately, and found a run's source where this process is."""
        return run_id in self._near

    async def look(self, order: Order) -> None:
        """Find out whether a run's source is where this process is; what is not is told, and left alone for a while."""
        looking = self._looking.get(order.run_id)
        if looking is None:
            looking = asyncio.ensure_future(self.repositories.is_reachable(order.repository, order.base))
            self._looking[order.run_id] = looking
        # Not cancelled: nothing ends who waits for a disk that hangs. Whoever looks again waits for the same answer.
        await asyncio.wait({looking}, timeout=LOOK_S)
        if looking.done():
            del self._looking[order.run_id]
            if looking.result():
                self._near[order.run_id] = self.now_s()
                return
        self._far[order.run_id] = self.now_s()
        because = "its folder is not on this machine" if looking.done() else f"no answer within {LOOK_S:g} s"
        _log.warning("run.out_of_reach", run=order.run_id, because=because)
