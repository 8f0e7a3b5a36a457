"""The search: candidates in order of promise until one passes, then a little longer for its rivals."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Dict, Hashable, Iterator, List, Optional, Tuple

from .candidates import canonical_key
from .exam import PASSED, SLOW, Examiner, Verdict
from .forks import Child
from .liking import liking
from .pool import Pool
from .source import Candidate
from .splice import NotRenderable, render

_ANYWHERE_S = 1.5
_NEIGHBOURS_S = 5.0
_MOST_FOUND = 40
_SLOW_TRIED = 40
NEIGHBOUR_PRIOR = 0.3
"""Rivals below this prior need not be tried before a repair counts as settled."""


@dataclass
class Found:
    """A candidate that passed everything, twice."""

    candidate: Candidate
    seconds: float
    cost_s: float
    text: str
    diff: str


@dataclass
class Search:
    """One search. `found` and `tried` grow while it runs."""

    exam: Examiner
    processes: int
    memory_bytes: int
    started: float
    until: float
    """Monotonic time at which to stop."""
    found: List[Found] = field(default_factory=list)
    tried: int = 0
    batch: int = 25
    """Candidates a fork."""
    is_settled: bool = False
    """Whether all likely rivals of what was found were tried too."""
    lowest: float = 1.0
    """Priority of the last candidate taken from the stream."""
    _left: List[Candidate] = field(default_factory=list)
    _slow: List[Tuple[int, int, Candidate]] = field(default_factory=list)
    _first_at: Optional[float] = None

    def run(self, stream: Iterator[Candidate], *, until: float = float("inf")) -> None:
        """Search the stream; may be called again with the same stream to go on."""
        whole, self.until = self.until, min(self.until, until)
        left, self._left = self._left, []
        self._judge(self._watched(itertools.chain(left, stream)))
        self.until = whole

    def run_slow_lane(self) -> None:
        """Give candidates that only ran out of time more of it, when nothing was found."""
        if not self.found and self._slow and time.monotonic() < self.until:
            self._slow.sort(key=lambda entry: (-entry[0], entry[1]))
            self.exam.patience = 12.0
            self._judge(iter([candidate for _, _, candidate in self._slow[:_SLOW_TRIED]]))
            self.exam.patience = 1.0

    def _watched(self, stream: Iterator[Candidate]) -> Iterator[Candidate]:
        """Once something was found, look a little longer everywhere, then only at the places found."""
        for candidate in stream:
            self.lowest = min(self.lowest, candidate.priority)
            if self.found and time.monotonic() - self.found_at > _ANYWHERE_S:
                if self.lowest < self._settled_below():
                    self.is_settled = True
                    return
                if not self._is_neighbour(candidate):
                    continue
            yield candidate
            if time.monotonic() > self._stop_at():
                return
        self.is_settled = True

    @property
    def found_at(self) -> float:
        """Monotonic time of the first repair."""
        return self._first_at if self._first_at is not None else float("inf")

    def _settled_below(self) -> float:
        best = max(self.found, key=lambda item: item.candidate.priority).candidate
        return NEIGHBOUR_PRIOR * best.priority / max(best.prior, 0.01)

    def _is_neighbour(self, candidate: Candidate) -> bool:
        file = candidate.unit.file
        statement = file.statement_of(candidate.anchor)
        return any(
            item.candidate.unit is candidate.unit and file.statement_of(item.candidate.anchor) is statement
            for item in self.found
        )

    def _judge(self, stream: Iterator[Candidate]) -> None:
        pool = Pool(self.exam, processes=self.processes, memory_bytes=self.memory_bytes, batch=self.batch)
        judging = pool.judge(stream)
        for judged in judging:
            if judged is not None:
                self._weigh(*judged)
            if time.monotonic() > self._stop_at() or len(self.found) >= _MOST_FOUND:
                break
        judging.close()
        self._left += pool.unjudged

    def _stop_at(self) -> float:
        if self._first_at is None:
            return self.until
        patience = max(_NEIGHBOURS_S, 0.3 * (self._first_at - self.started))
        return min(self.until, self._first_at + patience)

    def _weigh(self, candidate: Candidate, verdict: Verdict) -> None:
        self.tried += 1
        if verdict.result == SLOW:
            self._slow.append((verdict.turned, self.tried, candidate))
        elif verdict.result == PASSED:
            self._confirm(candidate)

    def _confirm(self, candidate: Candidate) -> None:
        """Run everything once more in a process that has run nothing, and write the patch."""
        exam = self.exam
        child = Child(lambda send: send(exam.confirm(candidate)), memory_bytes=self.memory_bytes)
        verdicts = list(child.messages(silence_s=exam.silence_s * 2))
        if not verdicts or not isinstance(verdicts[0], Verdict) or verdicts[0].result != PASSED:
            return
        try:
            text, diff = render(candidate)
        except NotRenderable:
            return
        if self._first_at is None:
            self._first_at = time.monotonic()
        seconds = time.monotonic() - self.started
        self.found.append(Found(candidate, seconds, verdicts[0].seconds, text, diff))


def best_first(found: List[Found]) -> List[Found]:
    """Return repairs in the order in which to offer them; of those with one plain meaning only the first."""
    cheapest = min((item.cost_s for item in found), default=0.0)
    unique: Dict[Hashable, Found] = {}
    for item in sorted(found, key=lambda item: -score(item, cheapest)):
        unique.setdefault(canonical_key(item.candidate), item)
    return list(unique.values())


def score(item: Found, cheapest_s: float) -> float:
    """Return how much a repair is liked: its priority, less for what smells of overfitting or waste."""
    slower = item.cost_s / max(cheapest_s, 1e-9)
    waste = 0.8 if slower > 2 and item.cost_s - cheapest_s > 0.05 else 1.0
    return item.candidate.priority * liking(item.candidate) * waste
