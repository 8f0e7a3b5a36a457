"""What is done from time to time, by one dispatcher of all: forgetting what is old, and looking for what hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from eaa.domain.effect import EffectState
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.run import RunState
from eaa.engine.journal import Desk
from eaa.engine.reconciling import Reconciling
from eaa.engine.retention import Forgetting
from eaa.engine.synthetic import SyntheticCheck
from eaa.ports.executors import Executors

LOOK_S = 60.0
REPLIES_KEPT = timedelta(days=2)
"""For which a request with an idempotency key is answered again."""
EXECUTORS_KEPT = timedelta(days=1)
OPEN_FOR = timedelta(minutes=10)
"""After which a write to the outside whose end nobody saw is said to hang, when nobody works on its run."""
_MOST = 1_000
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Upkeep:
    """One process's share."""

    desk: Desk
    executors: Executors
    forgetting: Forgetting
    reconciling: Reconciling
    synthetic: SyntheticCheck | None = None
    """None where nobody wants one."""
    hanging: int = 0
    """Writes to the outside that wait for somebody, when this process looked last."""

    async def work(self) -> None:
        """Do what is due until cancelled."""
        while True:
            await self.do_what_is_due()
            await asyncio.sleep(LOOK_S)

    async def do_what_is_due(self) -> None:
        """Do each job whose turn it is, unless another process has taken it. One that fails keeps no other from it."""
        jobs: list[tuple[str, timedelta, Callable[[], Awaitable[None]]]] = [
            ("forget replies", timedelta(hours=1), self._forget_replies),
            ("look for hanging writes", timedelta(minutes=5), self._look_for_hanging),
            ("forget processes", timedelta(hours=1), self._forget_executors),
            ("forget old work", timedelta(hours=1), self._forget_work),
        ]
        if self.synthetic is not None:
            jobs += [("synthetic check", self.synthetic.every, self.synthetic.begin)]
        for name, every, work in jobs:
            await self._try(name, every, work)
        if self.synthetic is not None:
            await self._try("look at the synthetic check", timedelta(0), self.synthetic.look)

    async def _try(self, name: str, every: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        try:
            if not every or await self._is_due(name, every):
                await work()
        except Exception as error:
            # Whatever it was: a job that ended all others would be missed by nobody. Its turn comes again.
            code = error.code if isinstance(error, EaaError) else EaaError.code
            _log.warning("upkeep.failed", job=name, code=code, error=type(error).__name__)

    async def _is_due(self, job: str, every: timedelta) -> bool:
        async with self.desk.store.begin() as session:
            return await session.schedules.take_turn(job, every=every, now=self._now())

    async def _forget_executors(self) -> None:
        await self.executors.prune(older_than=EXECUTORS_KEPT)

    async def _forget_work(self) -> None:
        await self.forgetting.forget(self._now())

    async def _forget_replies(self) -> None:
        async with self.desk.store.begin() as session:
            forgotten = await session.kept_replies.forget(DEFAULT_ORGANISATION, before=self._now() - REPLIES_KEPT)
        if forgotten:
            _log.info("upkeep.replies_forgotten", count=forgotten)

    async def _look_for_hanging(self) -> None:
        intended = frozenset({EffectState.INTENDED})
        async with self.desk.store.begin() as session:
            effects = await session.effects.newest(DEFAULT_ORGANISATION, states=intended, limit=_MOST)
            old = [effect for effect in effects if effect.updated_at <= self._now() - OPEN_FOR]
            runs = {effect.run_id: await session.runs.get(effect.run_id) for effect in old}
        hanging = [effect for effect in old if runs[effect.run_id].state is not RunState.RUNNING]
        hanging = await self.reconciling.settle_each(hanging)
        self.hanging = len(hanging)
        for effect in hanging:
            _log.warning("effect.hangs", effect=effect.id, run=effect.run_id, kind=str(effect.kind))

    def _now(self) -> datetime:
        return self.desk.clock.now()
