"""One process in which the project is imported once, measured, and searched for repairs."""

from __future__ import annotations

import ast
import gc
import os
import threading
import time
from typing import Callable, Dict, Iterator, List, Sequence, Set

from .baseline import Baseline, measure
from .behaviour import compare
from .candidates import Queue
from .cases import Case, Framework
from .exam import Exam
from .expected import expected_exceptions
from .facts import Facts, Library
from .forks import Send
from .import_time import dependents, runs_at_import
from .localise import Suspicion, lines_of
from .request import Answer, Repair, Request
from .search import Found, Search, best_first, score
from .source import Candidate, SourceFile, Unit
from .state import State
from .swap import LiveFunctions
from .synthesis import synthesise

LEAST_EVALUATIONS = 50
_MOST_LINES = 300
_MOST_REPAIRS = 12
_COMPARING_S = 6.0
_SHARE_OF_RELOADING = 0.2
_BASELINE_SHARE = 0.5
_SIMPLE_SHARE = 0.35
"""Of the budget, before missing logic is thought about."""
_THINKING_SHARE = 0.2


def framework_of(name: str) -> Framework:
    """Return the framework of a name; imported only here, because the project may not have pytest."""
    if name == "unittest":
        from .unittest_host import UnittestFramework

        return UnittestFramework()
    from .pytest_host import PytestFramework

    return PytestFramework()


class Session:
    """Collects, measures, searches; tells what it knows as soon as it knows it."""

    def __init__(self, request: Request, send: Send, started: float) -> None:
        self.request, self.send, self.started = request, send, started
        self.until = started + request.budget_s
        self.answer = Answer()

    def run(self) -> None:
        """Do everything; the last message is the answer."""
        problem = framework_of(self.request.framework).collect(self.request, self._search)
        if problem and not self.answer.note:
            self.answer.note = problem
        self.answer.seconds = time.monotonic() - self.started
        self.send(("answer", self.answer))

    def _search(self, cases: List[Case]) -> None:
        gc.disable()
        files = load_files(self.request)
        failing, passing = set(self.request.failing), set(self.request.passing)
        order = sorted(range(len(cases)), key=lambda index: cases[index].id not in failing)
        known = {index for index in order if cases[index].id in passing}
        # Not a share of the whole: on a busy machine the imports alone may have eaten that.
        until = time.monotonic() + _BASELINE_SHARE * max(0.0, self.until - time.monotonic())
        baseline = measure(cases, order, known, {file.path for file in files}, until=until)
        suspicion = suspect(baseline)
        self._tell(cases, baseline, suspicion, files)
        self.send(("baseline", baseline, [case.id for case in cases], self.answer))
        if not self._is_searchable(baseline):
            return
        state = State({file.path for file in files})
        exam = Exam(cases, baseline, LiveFunctions([file.path for file in files]), state)
        gc.freeze()
        queue = fill_queue(
            files,
            baseline,
            suspicion,
            is_wanted=lambda unit, node: not runs_at_import(unit, node),
            wanted=expected_exceptions([cases[index].id for index in baseline.failing], self.request),
        )
        exam.count_turns([facts.unit for facts in queue.units if facts.unit.is_function])
        until = self.until
        if any(dependents(files, baseline).get(index) for index in baseline.failing):
            # The rest is for code that runs at import; see the conductor.
            until -= _SHARE_OF_RELOADING * self.request.budget_s
        search = Search(exam, self.request.processes, self.request.memory_bytes, self.started, until)
        stream = iter(queue)
        search.run(stream, until=time.monotonic() + _SIMPLE_SHARE * self.request.budget_s)
        if not search.found:
            thinking = min(until, time.monotonic() + _THINKING_SHARE * self.request.budget_s)
            search.run(iter(synthesise(exam, queue.units, suspicion, until=thinking, memory_bytes=search.memory_bytes)))
        if not search.found:
            search.run(stream)
        search.run_slow_lane()
        self.answer.tried = search.tried
        self._offer(search, exam, suspicion)

    def _offer(self, search: Search, exam: Exam, suspicion: Suspicion) -> None:
        found = best_first(search.found)[:_MOST_REPAIRS]
        self.answer.repairs = repairs_of(found, suspicion)
        if not found:
            return
        until = max(self.until, time.monotonic() + 2.0) if search.is_settled else time.monotonic() + 2.0
        comparison = compare(
            exam,
            [item.candidate for item in found],
            until=min(until, time.monotonic() + _COMPARING_S),
            memory_bytes=self.request.memory_bytes,
        )
        self.answer.inputs, self.answer.distinguishing = comparison.inputs, comparison.distinguishing
        self.answer.seen = comparison.seen
        for repair, cluster in zip(self.answer.repairs, comparison.clusters):
            repair.cluster, repair.is_settled = cluster, search.is_settled
            repair.is_truth = comparison.is_truth

    def _tell(self, cases: List[Case], baseline: Baseline, suspicion: Suspicion, files: List[SourceFile]) -> None:
        answer = self.answer
        answer.failing, answer.passing = len(baseline.failing), len(baseline.passing)
        answer.left_out = len(cases) - len(baseline.outcomes)
        answer.flaky = [cases[index].id for index in baseline.flaky]
        answer.suspects = suspects_of(suspicion, files)

    def _is_searchable(self, baseline: Baseline) -> bool:
        if not baseline.failing:
            unknown = f"no test fails among the {len(baseline.outcomes)} there was time for"
            steady = "no test fails steadily" if baseline.flaky else "no test fails"
            self.answer.note = unknown if self.answer.left_out else steady
            return False
        if time.monotonic() > self.until - 0.1 * self.request.budget_s:
            self.answer.note = "the budget was used up by running the tests once"
            return False
        once = sum(baseline.seconds[index] for index in baseline.failing[:1])
        left = self.until - time.monotonic()
        is_endless = baseline.outcomes[baseline.failing[0]] == "timed out"
        if not is_endless and once * LEAST_EVALUATIONS > left * self.request.processes:
            self.answer.note = f"the failing tests take {once:.1f} s a run: too slow to search, so only localised"
            return False
        if _threads() > 1:
            self.answer.mode = "reload"
            return False
        return True


def _threads() -> int:
    """Return how many threads there are, those of C libraries included; a fork would lose them."""
    try:
        return max(threading.active_count(), len(os.listdir("/proc/self/task")))
    except OSError:
        return threading.active_count()


def load_files(request: Request) -> List[SourceFile]:
    """Return the suspects that parse."""
    files: List[SourceFile] = []
    for relative in request.suspects:
        path = os.path.join(request.root, relative)
        try:
            with open(path, encoding="utf-8", newline="") as file:
                files.append(SourceFile(path, file.read(), request.root))
        except (OSError, ValueError, SyntaxError, RecursionError):
            continue
    return files


def suspect(baseline: Baseline) -> Suspicion:
    """Return the suspicion that the baseline casts on lines."""
    failing = [baseline.lines.get(index, set()) for index in baseline.failing]
    return Suspicion(failing, [baseline.lines.get(index, set()) for index in baseline.passing])


def fill_queue(
    files: List[SourceFile], baseline: Baseline, suspicion: Suspicion, *, is_wanted: Callable[[Unit, ast.AST], bool],
    wanted: Sequence[str] = (),
) -> Queue:  # fmt: skip
    """Return the queue of candidates for the wanted nodes of covered units; `wanted` exceptions may be raised."""
    is_endless = all(baseline.outcomes[index] == "timed out" for index in baseline.failing)
    queue = Queue(suspicion, is_endless=is_endless)
    best = {line for line, _ in suspicion.ranking()[:_MOST_LINES]}
    for file in files:
        library = Library(file, wanted)
        for unit in file.units:
            lines = {line for line in range(unit.first_line, unit.last_line + 1) if (file.path, line) in best}
            if not lines or (unit.is_function and unit.last_line > unit.node.lineno and lines == {unit.node.lineno}):
                continue
            facts = Facts(unit, library, types_of(unit, baseline))
            queue.units.append(facts)
            # In a short function lines behind a crash count as well; a long one is looked at where tests have been.
            is_short = unit.last_line - unit.first_line < 60
            for node in ast.walk(unit.node):
                # Operators and contexts are shared between places; only these have one place each.
                is_placed = isinstance(node, (ast.expr, ast.stmt))
                if is_placed and (is_short or _is_on(node, lines)) and is_wanted(unit, node):
                    queue.add_node(node, facts)
    return queue


def _is_on(node: ast.AST, lines: Set[int]) -> bool:
    return hasattr(node, "lineno") and any(line in lines for line in lines_of(node))


def types_of(unit: Unit, baseline: Baseline) -> Dict[str, Set[str]]:
    """Return what names of a unit and its inner functions have held."""
    types: Dict[str, Set[str]] = {}
    for (path, line), found in baseline.types.items():
        if path == unit.file.path and unit.first_line <= line <= unit.last_line:
            for name, kinds in found.items():
                types.setdefault(name, set()).update(kinds)
    return types


def repairs_of(found: List[Found], suspicion: Suspicion) -> List[Repair]:
    """Return repairs as plain data, best first."""
    cheapest = min((item.cost_s for item in found), default=0.0)
    return [_repair(item, suspicion, cheapest) for item in found[:_MOST_REPAIRS]]


def _repair(item: Found, suspicion: Suspicion, cheapest: float) -> Repair:
    candidate: Candidate = item.candidate
    return Repair(
        path=candidate.unit.file.relative,
        text=item.text,
        diff=item.diff,
        operator=candidate.operator,
        line=candidate.line,
        score=score(item, cheapest),
        seconds=item.seconds,
        cost_s=item.cost_s,
        edits=len(candidate.edits),
        covering=suspicion.covering(candidate.unit.file.path, candidate.anchor),
    )


def suspects_of(suspicion: Suspicion, files: List[SourceFile]) -> List[List[object]]:
    """Return [path, line, score, symbol], most suspicious first, at most 30."""
    by_path = {file.path: file for file in files}
    found: List[List[object]] = []
    for (path, line), value in suspicion.ranking()[:30]:
        symbol = next(_symbols(by_path[path], line), None)
        found.append([by_path[path].relative, line, round(value, 4), symbol])
    return found


def _symbols(file: SourceFile, line: int) -> Iterator[str]:
    return (unit.symbol for unit in file.units if unit.symbol and unit.first_line <= line <= unit.last_line)
