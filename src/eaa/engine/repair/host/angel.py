"""Asks, at a slot of the code, which answers would have made the failing tests pass (angelic values)."""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .exam import Exam
from .grow import Scene
from .limits import timed
from .source import Candidate
from .swap import NotSwappable, swapped

ASK = "__eaa_ask__"
_MOST_SCENES = 400
_SINGLE_FLIPS = 6
_ALL_SETS = 6
_FAILING_ASKED = 8


@dataclass
class Wish:
    """Scenes and the answers wanted in them."""

    scenes: List[Scene]
    answers: List[Any]


class WantedValue:
    """Stands for a returned value; whoever compares it with the value wanted tells it which that is."""

    def __init__(self) -> None:
        self.wanted: List[Any] = []

    def __eq__(self, other: object) -> bool:
        self.wanted.append(other)
        return True

    def __ne__(self, other: object) -> bool:
        self.wanted.append(other)
        return False

    def __hash__(self) -> int:
        return id(self)


class Oracle:
    """What runs in place of the slot's expression."""

    def __init__(self) -> None:
        self.plan: Dict[int, bool] = {}
        self.otherwise: Optional[bool] = None
        self.scenes: List[Scene] = []
        self.answers: List[Any] = []

    def reset(self, plan: Dict[int, bool], otherwise: Optional[bool]) -> None:
        """Begin a test: answer the n-th question by the plan, others by `otherwise`, or truly when that is None."""
        self.plan, self.otherwise = plan, otherwise
        self.scenes, self.answers = [], []

    def truth(self, scene: Scene, usual: Any) -> bool:
        """Answer a condition."""
        number = len(self.answers)
        answer = self.plan.get(number, bool(usual) if self.otherwise is None else self.otherwise)
        self._note(scene, answer)
        return answer

    def value(self, scene: Scene, usual: Any) -> Any:
        """Answer a returned value: what it is, or, in the outermost call of a plan, a value that asks back."""
        if _is_inner_call():
            return usual
        answer = WantedValue() if self.otherwise else usual
        self._note(scene, answer if isinstance(answer, WantedValue) else _copied(usual))
        return answer

    def _note(self, scene: Scene, answer: Any) -> None:
        self.answers.append(answer)
        if len(self.scenes) < _MOST_SCENES:
            self.scenes.append({name: _copied(value) for name, value in scene.items() if not name.startswith(".")})


def _is_inner_call() -> bool:
    """Return whether the function that asks was called, however indirectly, by itself."""
    here = inspect.currentframe()
    asking = here.f_back.f_back if here is not None and here.f_back is not None else None
    frame = asking.f_back if asking is not None else None
    while frame is not None and asking is not None:
        if frame.f_code is asking.f_code:
            return True
        frame = frame.f_back
    return False


def _copied(value: Any) -> Any:
    if isinstance(value, (int, float, str, bytes, type(None), tuple)):
        return value
    try:
        return copy.deepcopy(value) if isinstance(value, (list, dict, set, frozenset)) else value
    except Exception:
        return value


def wish_for_truth(exam: Exam, probe: Candidate) -> Optional[Wish]:
    """Return the answers with which failing tests pass and passing ones stay as they are; None when there are none.

    Args:
        exam: The tests.
        probe: The candidate whose slot calls the oracle's `truth`.
    """
    oracle = Oracle()
    wish = Wish([], [])
    try:
        swaps = exam.functions.swaps(probe)
    except NotSwappable:
        return None
    for function, _ in swaps:
        function.__globals__[ASK] = oracle.truth
    with swapped(swaps):
        for index in exam.failing[:_FAILING_ASKED]:
            if not _wishes_of(exam, oracle, index, wish):
                return None
        for index in exam.passing:
            if len(wish.scenes) > _MOST_SCENES:
                break
            oracle.reset({}, None)
            if _passes(exam, index):
                _add(wish, oracle)
    return wish


def _wishes_of(exam: Exam, oracle: Oracle, index: int, wish: Wish) -> bool:
    """Find one plan with which a failing test passes."""
    oracle.reset({}, None)
    _passes(exam, index)
    asked = list(oracle.answers)
    plans: List[Tuple[Dict[int, bool], Optional[bool]]] = [(plan, None) for plan in _turns(asked)]
    for plan, otherwise in [*plans, ({}, True), ({}, False)]:
        oracle.reset(plan, otherwise)
        if _passes(exam, index) and oracle.answers:
            _add(wish, oracle)
            return True
    return False


def _turns(asked: List[Any]) -> Iterator[Dict[int, bool]]:
    """Yield plans that turn some answers: every set of few answers, the first and last ones of many."""
    if len(asked) <= _ALL_SETS:
        for count in range(1, len(asked) + 1):
            for turned in itertools.combinations(range(len(asked)), count):
                yield {turn: not asked[turn] for turn in turned}
        return
    for turn in [*range(_SINGLE_FLIPS), *range(max(_SINGLE_FLIPS, len(asked) - 3), len(asked))]:
        yield {turn: not asked[turn]}


def wish_for_value(exam: Exam, probe: Candidate) -> Optional[Wish]:
    """Return the values that tests compare results with; None when some failing test does not say."""
    oracle = Oracle()
    wish = Wish([], [])
    try:
        swaps = exam.functions.swaps(probe)
    except NotSwappable:
        return None
    for function, _ in swaps:
        function.__globals__[ASK] = oracle.value
    with swapped(swaps):
        for index in [*exam.failing, *exam.passing]:
            if len(wish.scenes) > _MOST_SCENES:
                break
            oracle.reset({}, otherwise=index in exam.failing)
            is_green = _passes(exam, index)
            if index in exam.passing:
                _add(wish, oracle) if is_green else None
                continue
            for scene, answer in zip(oracle.scenes, oracle.answers):
                if not isinstance(answer, WantedValue) or len(answer.wanted) != 1:
                    return None
                wish.scenes.append(scene)
                wish.answers.append(_copied(answer.wanted[0]))
    return wish if wish.scenes else None


def _add(wish: Wish, oracle: Oracle) -> None:
    wish.scenes += oracle.scenes
    wish.answers += oracle.answers[: len(oracle.scenes)]


def _passes(exam: Exam, index: int) -> bool:
    exam.state.restore()
    return timed(exam.cases[index].rush, exam.limit).outcome == "passed"


def question(usual: ast.expr) -> ast.expr:
    """Return the call that asks the oracle, with the local names as its scene."""
    scene = ast.Call(ast.Name("locals", ast.Load()), [], [])
    return ast.Call(ast.Name(ASK, ast.Load()), [scene, usual], [])
