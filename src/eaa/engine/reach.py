"""Which runs a machine can bring to their end: a change of a folder is published where the folder is."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from eaa.domain.ids import RunId
from eaa.engine.workflows.order import Order
from eaa.ports.repositories import Repositories

ASK_AGAIN_S = 30.0
"""After which a run that was out of reach is looked at again: a disk may have been mounted since."""
_log = structlog.get_logger()


@dataclass(slots=True)
class Reach:
    """What this process found out of its reach. Such runs stay in the queue for a machine that has their folder."""

    repositories: Repositories
    now_s: Callable[[], float] = time.monotonic
    _far: dict[RunId, float] = field(default_factory=dict)

    def far(self) -> frozenset[RunId]:
        """Return the runs that need not be looked at now."""
        since = self.now_s() - ASK_AGAIN_S
        self._far = {run_id: at for run_id, at in self._far.items() if at > since}
        return frozenset(self._far)

    async def has(self, order: Order) -> bool:
        """Return whether a run's source is where this process is; what is not is remembered for a while, and told."""
        if await self.repositories.is_reachable(order.repository, order.base):
            return True
        self._far[order.run_id] = self.now_s()
        _log.warning("run.out_of_reach", run=order.run_id, because="its folder is not on this machine")
        return False
