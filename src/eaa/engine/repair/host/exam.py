"""The examination of one candidate: failing tests first, then everything, undisturbed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import List, Optional, Protocol, Tuple

from .baseline import Baseline
from .cases import Case
from .forks import Child, Send
from .limits import Limit, limit_for, timed
from .source import Candidate, Unit
from .state import State
from .swap import LiveFunctions, NotSwappable, Swap, swapped

PASSED, FAILED, SLOW, REGRESSED, INVALID = "passed", "failed", "slow", "regressed", "invalid"
_HEARTBEAT_S = 0.05
_LEAST_TURNS, _TURNS_FACTOR, _MOST_TURNS = 1_000, 20, 1 << 62
_QUICK_CHECKS = 40
_FULL_RUN_S = 0.6
"""At least this long for a test of the whole selection: a good candidate must not fall to a busy machine."""


@dataclass(frozen=True)
class Verdict:
    """How an examination ended."""

    result: str
    turned: int = 0
    """How many failing tests turned green before it ended."""
    seconds: float = 0.0
    """How long the whole selection took."""
    is_cut: bool = False
    """Whether the process that examined is not fit for another candidate."""


class Examiner(Protocol):
    """Whoever can say what a candidate is worth."""

    patience: float
    """Factor on time limits; more than 1 in the slow lane."""

    @property
    def silence_s(self) -> float:
        """After how long a silent examiner is dead."""
        ...

    def examine(self, candidate: Candidate, alive: Send) -> Verdict:
        """Return the verdict; `alive` is called now and then with nothing to say."""
        ...

    def confirm(self, candidate: Candidate) -> Verdict:
        """Run the whole selection once more, for a process that has done nothing else."""
        ...


class Exam:
    """Everything needed to examine candidates; made once, after collection, inherited by forks."""

    def __init__(self, cases: List[Case], baseline: Baseline, functions: LiveFunctions, state: State) -> None:
        self.cases, self.baseline, self.functions, self.state = cases, baseline, functions, state
        self.failing, self.passing = baseline.failing, baseline.passing
        self.patience = 1.0
        """Factor on time limits; more than 1 in the slow lane."""
        self._turns = _MOST_TURNS

    @property
    def limit_s(self) -> float:
        """Processor seconds for one test."""
        return self.baseline.limit_s * self.patience

    @property
    def limit(self) -> Limit:
        """What one test deserves."""
        return replace(limit_for(self.limit_s), turns=int(self._turns * self.patience))

    def count_turns(self, units: List[Unit]) -> None:
        """Learn from tests that end how often loops of some functions turn, so that endless ones are told at once."""
        child = Child(lambda send: send(self._counted(units)))
        for most in child.messages(silence_s=self.silence_s):
            self._turns = _LEAST_TURNS + _TURNS_FACTOR * int(most)

    def _counted(self, units: List[Unit]) -> int:
        swaps: List[Swap] = []
        for unit in units:
            with suppress(NotSwappable):
                swaps += self.functions.swaps(Candidate("", 0.0, unit.node, (), unit))
        most = 0
        with swapped(swaps):
            for index in self._running(units):
                result = timed(self.cases[index].rush, limit_for(self.limit_s))
                if result.outcome == "timed out":
                    break
                most = max(most, result.turns)
        return most

    def _running(self, units: List[Unit]) -> List[int]:
        """Return the tests that run a line of the units, and those of which that is not known."""
        places = {(unit.file.path, line) for unit in units for line in range(unit.first_line, unit.last_line + 1)}
        lines = self.baseline.lines
        return [
            index
            for index in [*self.passing, *self.failing]
            if index not in lines or not places.isdisjoint(lines[index])
        ]

    @property
    def silence_s(self) -> float:
        """After how long a silent examiner is dead: one test's wall limit, or the whole selection's."""
        alone = limit_for(self.limit_s).wall_s + 1.5
        return max(alone, 3 * sum(self.baseline.seconds[index] for index in self.passing) + alone * 2)

    def examine(self, candidate: Candidate, alive: Send) -> Verdict:
        """Return the verdict; `alive` is called now and then with nothing to say."""
        try:
            swaps = self.functions.swaps(candidate)
        except NotSwappable:
            return Verdict(INVALID)
        with swapped(swaps):
            turned, verdict = self._turn(alive)
            if verdict is not None:
                return verdict
            covering = self._covering(candidate)
            for index in covering[:_QUICK_CHECKS]:
                self.state.restore()
                result = timed(self.cases[index].rush, self.limit)
                if result.outcome == "failed" or (result.outcome == "timed out" and not result.is_cut):
                    return Verdict(REGRESSED, turned)
            alive(None)
            pid = os.fork()
            if pid == 0:
                os._exit(0 if self._all_pass() else 1)
            _, status = os.waitpid(pid, 0)
        return Verdict(PASSED if status == 0 else REGRESSED, turned)

    def _turn(self, alive: Send) -> Tuple[int, Optional[Verdict]]:
        spoke_at = time.monotonic()
        for turned, index in enumerate(self.failing):
            self.state.restore()
            result = timed(self.cases[index].rush, self.limit)
            if result.outcome == "timed out":
                return turned, Verdict(SLOW, turned, is_cut=result.is_cut)
            if result.outcome != "passed":
                return turned, Verdict(FAILED, turned)
            if time.monotonic() - spoke_at > _HEARTBEAT_S:
                alive(None)
                spoke_at = time.monotonic()
        return len(self.failing), None

    def confirm(self, candidate: Candidate) -> Verdict:
        """Run the whole selection once more, for a process that has done nothing else."""
        started = time.perf_counter()
        try:
            swaps = self.functions.swaps(candidate)
        except NotSwappable:
            return Verdict(INVALID)
        with swapped(swaps):
            is_green = self._all_pass()
        return Verdict(PASSED if is_green else REGRESSED, len(self.failing), time.perf_counter() - started)

    def _all_pass(self) -> bool:
        """Run failing and passing tests in the project's order, as the framework does."""
        for index in sorted([*self.failing, *self.passing]):
            seconds = max(self.limit_s, _FULL_RUN_S, self.baseline.seconds[index] * 5)
            if timed(self.cases[index].run, replace(limit_for(seconds), turns=self.limit.turns)).outcome != "passed":
                return False
        return True

    def _covering(self, candidate: Candidate) -> List[int]:
        place = (candidate.unit.file.path, candidate.line)
        return [index for index in self.passing if place in self.baseline.lines.get(index, ())]
