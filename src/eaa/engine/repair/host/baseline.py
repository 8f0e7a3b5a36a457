"""What the tests do before anything is changed: outcomes, times, lines run, types seen."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field, replace
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Set, Tuple

from .cases import Case
from .forks import Child, Send
from .limits import Timed, limit_for, timed, waited_s
from .localise import Line

_LOCALS_LOOKED_AT = 400
_EVENTS_LOOKED_AT = 40
TEST_LIMIT_S = 3.0
_UNKNOWN_LIMIT_S = 0.7
_ENDLESS_LOOK_S = 0.1
_LEAST_LIMIT_S = 0.08

Place = Tuple[str, int]
"""File and first line of a function."""


@dataclass
class Baseline:
    """Outcomes of two runs; a test whose outcome changed is flaky and takes no part."""

    outcomes: Dict[int, str] = field(default_factory=dict)
    seconds: Dict[int, float] = field(default_factory=dict)
    lines: Dict[int, Set[Line]] = field(default_factory=dict)
    types: Dict[Place, Dict[str, Set[str]]] = field(default_factory=dict)
    flaky: List[int] = field(default_factory=list)

    @property
    def failing(self) -> List[int]:
        """Tests to turn green, quickest first; endless ones last."""
        found = [index for index, outcome in self.outcomes.items() if outcome in ("failed", "timed out")]
        return sorted(
            (index for index in found if index not in self.flaky),
            key=lambda index: (self.outcomes[index] == "timed out", self.seconds[index]),
        )

    @property
    def passing(self) -> List[int]:
        """Tests to keep green, quickest first."""
        found = [index for index, outcome in self.outcomes.items() if outcome == "passed" and index not in self.flaky]
        return sorted(found, key=lambda index: self.seconds[index])

    @property
    def limit_s(self) -> float:
        """Processor seconds that a test deserves, judged by the slowest one that passes."""
        slowest = max((self.seconds[index] for index in self.passing), default=0.02)
        return min(TEST_LIMIT_S, max(_LEAST_LIMIT_S, 5 * slowest))


def measure(cases: List[Case], order: List[int], known: Set[int], paths: Set[str], *, until: float) -> Baseline:
    """Run every test twice, the second time traced, each time in children that may die.

    Args:
        cases: The tests, in the project's order.
        order: Their indexes, in the order in which to run them.
        known: Indexes of tests that are known to pass, however long they take.
        paths: Real paths of the files whose lines and types are of interest.
        until: Monotonic time at which to stop, whatever is known then.
    """
    baseline = Baseline()
    patience = {index: TEST_LIMIT_S if index in known else _UNKNOWN_LIMIT_S for index in order}
    for index, (result, _, _) in _run_all(cases, order, None, patience, until).items():
        baseline.outcomes[index], baseline.seconds[index] = result.outcome, result.seconds
    # Of an endless test a short look says which lines it runs.
    looks = {
        index: _ENDLESS_LOOK_S if outcome == "timed out" else TEST_LIMIT_S
        for index, outcome in baseline.outcomes.items()
    }
    for index, (result, lines, types) in _run_all(cases, list(looks), Tracer(paths), looks, until).items():
        baseline.lines[index] = lines
        if result.outcome not in (baseline.outcomes[index], "timed out"):
            baseline.flaky.append(index)
        for place, found in types.items():
            names = baseline.types.setdefault(place, {})
            for name, kinds in found.items():
                names.setdefault(name, set()).update(kinds)
    return baseline


_Trials = Dict[int, Tuple[Timed, Set[Line], Dict[Place, Dict[str, Set[str]]]]]


def _run_all(
    cases: List[Case], indexes: List[int], tracer: Optional[Tracer], patience: Dict[int, float], until: float
) -> _Trials:
    """Run the tests in order; when one takes its child with it, go on behind it in a new child."""
    results: _Trials = {}
    pending = list(indexes)
    while pending:
        current = -1
        child = Child(lambda send, todo=tuple(pending): _work(cases, todo, tracer, patience, send))  # type: ignore[misc]
        for message in child.messages(silence_s=TEST_LIMIT_S * 3 + 2, until=until):
            if message[0] == "start":
                current = message[1]
            elif message[0] == "result":
                results[message[1]] = message[2:]
        if current < 0 or pending[-1] in results or time.monotonic() >= until:
            break
        results.setdefault(current, (Timed("timed out", TEST_LIMIT_S), set(), {}))
        pending = pending[pending.index(current) + 1 :]
    return results


def _work(
    cases: List[Case], indexes: Tuple[int, ...], tracer: Optional[Tracer], patience: Dict[int, float], send: Send
) -> None:
    slowest, endless = 0.0, 0
    for index in indexes:
        send(("start", index))
        seconds = patience[index]
        if endless and seconds < TEST_LIMIT_S:
            # Where one test is endless, others usually are: do not wait as long for them.
            seconds = min(seconds, max(_ENDLESS_LOOK_S / endless, _LEAST_LIMIT_S, 5 * slowest))
        if tracer is not None:
            tracer.start()
        waited = waited_s()
        result = timed(cases[index].run, limit_for(seconds))
        result = replace(result, seconds=max(0.0, result.seconds - (waited_s() - waited)))
        lines, types = tracer.stop() if tracer is not None else (set(), {})
        if result.outcome == "passed":
            slowest = max(slowest, result.seconds)
        endless += result.outcome == "timed out"
        send(("result", index, result, lines, types))


class Tracer:
    """Collects lines run and types of locals in some files."""

    def __init__(self, paths: Set[str]) -> None:
        self._paths = paths
        self._real: Dict[str, str] = {}
        self._lines: Set[Line] = set()
        self._types: Dict[Place, Dict[str, Set[str]]] = {}
        self._looks: Dict[Place, int] = {}

    def start(self) -> None:
        """Forget what was seen and begin to look."""
        self._lines, self._types = set(), {}
        sys.settrace(self._enter)

    def stop(self) -> Tuple[Set[Line], Dict[Place, Dict[str, Set[str]]]]:
        """Stop looking and return lines and types."""
        sys.settrace(None)
        return self._lines, self._types

    def _path_of(self, code: CodeType) -> str:
        path = self._real.get(code.co_filename)
        if path is None:
            path = self._real[code.co_filename] = os.path.realpath(code.co_filename)
        return path

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        path = self._path_of(frame.f_code)
        if path not in self._paths:
            return None
        place = (path, frame.f_code.co_firstlineno)
        lines, events = self._lines, [0]
        lines.add((path, frame.f_lineno))

        def look(frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                lines.add((path, frame.f_lineno))
            events[0] += 1
            if (events[0] < _EVENTS_LOOKED_AT or event == "return") and self._looks.get(place, 0) < _LOCALS_LOOKED_AT:
                self._looks[place] = self._looks.get(place, 0) + 1
                known = self._types.setdefault(place, {})
                for name, value in frame.f_locals.items():
                    known.setdefault(name, set()).add(type(value).__name__)
            return look

        return look
