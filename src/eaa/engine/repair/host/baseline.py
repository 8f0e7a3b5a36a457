"""What the tests do before anything is changed: outcomes, times, lines run, types seen."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Set, Tuple

from .cases import Case
from .forks import Child, Send
from .limits import Timed, limit_for, timed
from .localise import Line

_LOCALS_LOOKED_AT = 400
_EVENTS_LOOKED_AT = 40
TEST_LIMIT_S = 3.0

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
        return min(TEST_LIMIT_S, max(0.08, 5 * slowest))


def measure(cases: List[Case], order: List[int], paths: Set[str], *, until: float) -> Baseline:
    """Run every test twice, first traced, each time in children that may die.

    Args:
        cases: The tests, in the project's order.
        order: Their indexes, in the order in which to run them.
        paths: Real paths of the files whose lines and types are of interest.
        until: Monotonic time at which to stop, whatever is known then.
    """
    baseline = Baseline()
    traced = _run_all(cases, order, Tracer(paths), until)
    for index, (result, lines, types) in traced.items():
        baseline.outcomes[index], baseline.seconds[index] = result.outcome, result.seconds
        baseline.lines[index] = lines
        for place, found in types.items():
            known = baseline.types.setdefault(place, {})
            for name, kinds in found.items():
                known.setdefault(name, set()).update(kinds)
    again = [index for index, outcome in baseline.outcomes.items() if outcome != "timed out"]
    for index, (result, _, _) in _run_all(cases, again, None, until).items():
        baseline.seconds[index] = result.seconds
        if result.outcome != baseline.outcomes[index]:
            baseline.flaky.append(index)
    return baseline


_Trials = Dict[int, Tuple[Timed, Set[Line], Dict[Place, Dict[str, Set[str]]]]]


def _run_all(cases: List[Case], indexes: List[int], tracer: Optional[Tracer], until: float) -> _Trials:
    """Run the tests in order; when one takes its child with it, go on behind it in a new child."""
    results: _Trials = {}
    pending = list(indexes)
    while pending:
        current = -1
        child = Child(lambda send, todo=tuple(pending): _work(cases, todo, tracer, send))  # type: ignore[misc]
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


def _work(cases: List[Case], indexes: Tuple[int, ...], tracer: Optional[Tracer], send: Send) -> None:
    slowest, is_endless_seen = 0.0, False
    for index in indexes:
        send(("start", index))
        # Where one test is endless, others usually are: do not wait as long for them.
        seconds = min(TEST_LIMIT_S, max(0.25, 5 * slowest)) if is_endless_seen else TEST_LIMIT_S
        if tracer is not None:
            tracer.start()
        result = timed(cases[index].run, limit_for(seconds))
        lines, types = tracer.stop() if tracer is not None else (set(), {})
        if result.outcome == "passed":
            slowest = max(slowest, result.seconds)
        is_endless_seen = is_endless_seen or result.outcome == "timed out"
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
