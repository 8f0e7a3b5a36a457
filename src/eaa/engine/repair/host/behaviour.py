"""Groups passing candidates by what they do on inputs that the tests use, and on inputs near those."""

from __future__ import annotations

import copy
import sys
import time
from dataclasses import dataclass, field, replace
from types import FrameType, FunctionType
from typing import Any, Dict, List, Optional, Set, Tuple

from .exam import Exam
from .forks import Child, Send
from .limits import limit_for, timed
from .source import Candidate, Unit
from .swap import NotSwappable, Swap, swapped
from .values import Arguments, describe, spell, variants

_MOST_SEEN = 40
_MOST_INPUTS = 160
_CALL_LIMIT_S = 0.25
_BAD_INPUT = {"TypeError", "AttributeError", "IndexError", "KeyError", "RecursionError", "OutOfTime", "MemoryError"}

Place = Tuple[str, str, int]
Input = Tuple[Place, Arguments]


@dataclass
class Comparison:
    """What comparing behaviours said."""

    clusters: List[int] = field(default_factory=list)
    """For each candidate the number of its group, from 1; 0 when it could not be run."""
    inputs: int = 0
    seen: int = 0
    """Different calls of the best one's function while the tests ran."""
    distinguishing: Optional[str] = None
    is_truth: bool = False
    """Whether the best one answered nothing but yes and no, which says little about it."""


def compare(exam: Exam, candidates: List[Candidate], *, until: float, memory_bytes: int) -> Comparison:
    """Return how the candidates, best first, behave. What is not known at the monotonic time `until` stays unknown."""
    answers: Dict[int, List[str]] = {}
    calls: List[str] = []
    seen = 0
    child = Child(lambda send: _work(exam, candidates, until, send), memory_bytes=memory_bytes)
    for message in child.messages(silence_s=10.0, until=until):
        if message[0] == "calls":
            calls, seen = message[1], message[2]
        elif message[0] == "answers":
            answers[message[1]] = message[2]
    return replace(_grouped(len(candidates), calls, answers), seen=seen)


def _grouped(count: int, calls: List[str], answers: Dict[int, List[str]]) -> Comparison:
    result = Comparison(clusters=[0] * count)
    best = answers.get(0)
    if not calls or best is None:
        return result
    judged = [index for index, answer in enumerate(best) if answer.partition(":")[0] not in _BAD_INPUT]
    numbers: Dict[Tuple[str, ...], int] = {}
    for index in range(count):
        if index in answers and len(answers[index]) == len(calls):
            shape = tuple(answers[index][judge] for judge in judged)
            result.clusters[index] = numbers.setdefault(shape, len(numbers) + 1)
    result.inputs = len(judged)
    result.is_truth = all(best[judge] in ("value:True", "value:False") for judge in judged)
    rival = next((index for index, cluster in enumerate(result.clusters) if cluster > 1), None)
    if rival is not None:
        different = [judge for judge in judged if best[judge] != answers[rival][judge]]
        chosen = min(different, key=lambda judge: (len(calls[judge]), calls[judge]))
        first, second = _answer(best[chosen]), _answer(answers[rival][chosen])
        result.distinguishing = f"{calls[chosen]}: the best repair {first}, the next one {second}"
    return result


def _answer(digest: str) -> str:
    kind, _, rest = digest.partition(":")
    value, _, changed = rest.partition("; arguments ")
    text = {"value": f"answers {value}", "OutOfTime": "does not end"}.get(kind, f"raises {kind}")
    return text + (f" and leaves {changed}" if changed else "")


def _work(exam: Exam, candidates: List[Candidate], until: float, send: Send) -> None:
    recorder = _recorded(exam, candidates, time.monotonic() + (until - time.monotonic()) / 3)
    inputs = _inputs(recorder)
    best = _place(candidates[0].unit)
    names = {_place(candidate.unit): candidate.unit.symbol for candidate in candidates}
    send(("calls", [spell(names[place], arguments)[:300] for place, arguments in inputs], recorder.count(best)))
    for index, candidate in enumerate(candidates):
        child = Child(lambda up, one=candidate: up(_answers(exam, one, inputs)))  # type: ignore[misc]
        for message in child.messages(silence_s=6.0, until=until):
            if isinstance(message, list):
                send(("answers", index, message))


def _recorded(exam: Exam, candidates: List[Candidate], until: float) -> _Recorder:
    """Return what the tests call the changed functions with."""
    recorder = _Recorder({_place(candidate.unit) for candidate in candidates})
    try:
        swaps = exam.functions.swaps(candidates[0])
    except NotSwappable:
        return recorder
    with swapped(swaps):
        for index in [*exam.failing, *exam.passing]:
            if time.monotonic() > until or recorder.is_full:
                break
            exam.state.restore()
            recorder.watch(exam, index)
    return recorder


def _inputs(recorder: _Recorder) -> List[Input]:
    """Return the calls seen, then variants of them."""
    found: List[Input] = []
    known: Set[str] = set()
    for place, seen in recorder.calls.items():
        nearby = [near for arguments in seen for near in variants(arguments, seen)]
        share = _MOST_INPUTS // len(recorder.calls)
        step = max(1, len(nearby) // max(1, share - len(seen)))
        for arguments in [*seen, *nearby[::step]]:
            text = spell(place[1], arguments)
            if text not in known:
                known.add(text)
                found.append((place, arguments))
    return found[: _MOST_INPUTS * 2]


def _place(unit: Unit) -> Place:
    return unit.file.path, getattr(unit.node, "name", ""), unit.first_line


class _Recorder:
    def __init__(self, places: Set[Place]) -> None:
        self._wanted = {(path, name) for path, name, _ in places}
        self._places = places
        self.calls: Dict[Place, List[Arguments]] = {}
        self._known: Set[str] = set()

    def count(self, place: Place) -> int:
        """Return how many different calls of a function were seen."""
        return len(self.calls.get(place, ()))

    @property
    def is_full(self) -> bool:
        return sum(map(len, self.calls.values())) >= _MOST_SEEN * len(self._places)

    def watch(self, exam: Exam, index: int) -> None:
        sys.setprofile(self._notice)
        try:
            timed(exam.cases[index].run, exam.limit)
        finally:
            sys.setprofile(None)

    def _notice(self, frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event != "call" or (code.co_filename, code.co_name) not in self._wanted:
            return
        place = next((p for p in self._places if p[:2] == (code.co_filename, code.co_name)), None)
        if place is None or len(self.calls.get(place, ())) >= _MOST_SEEN:
            return
        try:
            arguments = copy.deepcopy(_arguments(frame))
            text = spell(code.co_name, arguments)
        except Exception:
            return
        if text not in self._known and len(text) < 3000:
            self._known.add(text)
            self.calls.setdefault(place, []).append(arguments)


def _arguments(frame: FrameType) -> Arguments:
    code, values = frame.f_code, frame.f_locals
    names = code.co_varnames
    positional = [values[name] for name in names[: code.co_argcount]]
    end = code.co_argcount + code.co_kwonlyargcount
    named = {name: values[name] for name in names[code.co_argcount : end]}
    if code.co_flags & 0x04:
        positional += list(values[names[end]])
        end += 1
    if code.co_flags & 0x08:
        named.update(values[names[end]])
    return positional, named


def _answers(exam: Exam, candidate: Candidate, inputs: List[Input]) -> List[str]:
    swaps = exam.functions.swaps(candidate)
    with swapped(swaps):
        return [_call(_function(exam, swaps, place), arguments, exam) for place, arguments in inputs]


def _function(exam: Exam, swaps: List[Swap], place: Place) -> Optional[FunctionType]:
    for function, code in swaps:
        if (code.co_name, code.co_firstlineno) == (place[1], place[2]):
            return function
    return exam.functions.at(place)


def _call(function: Optional[FunctionType], arguments: Arguments, exam: Exam) -> str:
    if function is None:
        return "TypeError:"
    exam.state.restore()
    try:
        positional, named = copy.deepcopy(arguments)
    except Exception:
        return "TypeError:"
    said: List[str] = []

    def run() -> str:
        try:
            said.append("value:" + describe(function(*positional, **named)))
        except Exception as error:
            said.append(type(error).__name__ + ":")
        return "passed"

    limit = replace(limit_for(_CALL_LIMIT_S), turns=exam.limit.turns)
    if timed(run, limit).outcome != "passed" or not said:
        return "OutOfTime:"
    changed = describe(positional)
    return said[0] + (f"; arguments {changed}" if changed != describe(arguments[0]) else "")
