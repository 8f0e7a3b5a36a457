"""What an orchestrator does now and then, so that neither room nor rows are left lying about."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta

from eaa.domain.budget import Amount, Scope, ScopeKind
from eaa.domain.errors import EaaError
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.engine.llm.dead_processes import book_reservations_of_the_dead
from eaa.engine.llm.leases import LeasedBudgets
from eaa.engine.llm.usage import UsageRecorder
from eaa.ports.answer_cache import AnswerCache, Selection
from eaa.ports.clock import Clock
from eaa.ports.slots import Slots

EVERY_S = 5.0
ANSWERS_KEPT = timedelta(days=30)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Upkeep:
    """Gives old leases back, books what dead processes held, writes usage, renews the day's limit."""

    budgets: LeasedBudgets
    slots: Slots
    usage: UsageRecorder
    answers: AnswerCache
    clock: Clock
    day_limit: Amount | None = None
    """For the default organisation."""
    _day: date | None = None

    async def begin(self, slot: str) -> None:
        """Make order before the first call: whoever held our slot before is dead.

        Raises:
            DatabaseUnreachable: Nothing can be counted, so nothing may be spent.
        """
        await self.budgets.release_of(slot)
        await self.once()

    async def once(self) -> None:
        """Do everything once."""
        await self._begin_day()
        await self.usage.flush()
        await self.budgets.tend(self.clock.now())
        booked = await book_reservations_of_the_dead(self.budgets, self.slots)
        if booked:
            _log.warning("llm.dead_reservations_booked reservations=%d", booked)

    async def keep_on(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Do everything again and again; what fails is tried again."""
        while True:
            await sleep(EVERY_S)
            try:
                await self.once()
            except EaaError as error:
                _log.warning("llm.upkeep_failed code=%s because=%s", error.code, error)

    async def end(self) -> None:
        """Write what is left and give everything back. If that fails, the next process that starts books it."""
        await self.usage.flush()
        try:
            await self.budgets.close()
        except EaaError as error:
            _log.warning("llm.leases_not_given_back code=%s because=%s", error.code, error)

    async def _begin_day(self) -> None:
        now = self.clock.now()
        if self._day == now.date():
            return
        # Tomorrow's too, for calls that begin at midnight.
        for day in (now.date(), now.date() + timedelta(days=1)):
            if self.day_limit is not None:
                scope = Scope(ScopeKind.DAY, day.isoformat())
                await self.budgets.set_limit(DEFAULT_ORGANISATION, scope, self.day_limit)
        await self.answers.forget(Selection(DEFAULT_ORGANISATION, before=now - ANSWERS_KEPT))
        self._day = now.date()
