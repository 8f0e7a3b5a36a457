"""Who is next among callers that wait: run by run, in turn, and calls that nobody waits for after the others."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

IN_FRONT_OF_A_BATCH = 8
"""So many other calls are let in before one of a batch is, so that a batch goes on, slowly, under any load."""


@dataclass(slots=True, eq=False)
class Waiter:
    """A caller in the queue."""

    place: "asyncio.Future[None]"
    """Done when it is the caller's turn."""
    tokens: int = 0
    """What it needs of a token limit."""


_Lane = OrderedDict[str, deque[Waiter]]


@dataclass(slots=True)
class FairQueue:
    """Waiting callers. A run that has waited longest without a turn comes first, however many others a run has."""

    _calls: _Lane = field(default_factory=OrderedDict)
    _batch: _Lane = field(default_factory=OrderedDict)
    _in_front: int = 0
    """Calls let in since the last one of a batch, while a batch was waiting."""

    def join(self, run: str, *, is_batch: bool, tokens: int = 0) -> Waiter:
        """Add a caller at the end of its run's line."""
        waiter = Waiter(asyncio.get_running_loop().create_future(), tokens)
        (self._batch if is_batch else self._calls).setdefault(run, deque()).append(waiter)
        return waiter

    def first(self) -> Waiter | None:
        """Return whose turn it is, or None when nobody waits; callers that left are dropped."""
        _dropped_leavers(self._calls)
        _dropped_leavers(self._batch)
        lane = self._lane()
        return next(iter(lane.values()))[0] if lane else None

    def take(self) -> Waiter | None:
        """Remove and return whose turn it is, or None when nobody waits."""
        waiter = self.first()
        if waiter is None:
            return None
        lane = self._lane()
        self._in_front = 0 if lane is self._batch or not self._batch else self._in_front + 1
        run, line = next(iter(lane.items()))
        line.popleft()
        if line:
            lane.move_to_end(run)
        else:
            del lane[run]
        return waiter

    def ahead_of(self, run: str, *, is_batch: bool) -> int:
        """Return how many of those who wait would be let in before one more caller of a run, about."""
        if not self._calls and not self._batch:
            return 0
        lane = self._batch if is_batch else self._calls
        own = len(lane.get(run, ()))
        fair = own + sum(min(len(line), own + 1) for name, line in lane.items() if name != run)
        return fair + (sum(map(len, self._calls.values())) if is_batch else 0)

    def _lane(self) -> _Lane:
        is_batch_due = not self._calls or (self._batch and self._in_front >= IN_FRONT_OF_A_BATCH)
        return self._batch if is_batch_due else self._calls


def _dropped_leavers(lane: _Lane) -> None:
    """Remove callers who were cancelled from the front of the lane."""
    while lane:
        run, line = next(iter(lane.items()))
        while line and line[0].place.done():
            line.popleft()
        if line:
            return
        del lane[run]
