"""The slow, sure examination: every candidate gets a process that has not imported the project yet."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any, List, Set

from .baseline import Baseline
from .cases import Case, Framework
from .exam import FAILED, INVALID, PASSED, REGRESSED, SLOW, Verdict
from .forks import Child, Send
from .limits import limit_for, timed
from .request import Request
from .source import Candidate
from .swap import compile_file

_IMPORT_S = 15.0


class ReloadExam:
    """Examines by importing the project with the candidate in it. Needs a process that never imported the project."""

    def __init__(self, request: Request, framework: Framework, baseline: Baseline, ids: List[str]) -> None:
        self._request, self._framework, self._baseline = request, framework, baseline
        self._failing = [ids[index] for index in baseline.failing]
        self._all = [ids[index] for index in sorted([*baseline.failing, *baseline.passing])]
        self.patience = 1.0

    @property
    def silence_s(self) -> float:
        """After how long a silent examiner is dead."""
        return _IMPORT_S + 3 * sum(self._baseline.seconds.values()) + 4 * self._limit_s

    @property
    def _limit_s(self) -> float:
        return self._baseline.limit_s * self.patience

    def examine(self, candidate: Candidate, alive: Send) -> Verdict:
        """Return the verdict: the failing tests in one process, then everything in another."""
        code = compile_file(candidate)
        if code is None:
            return Verdict(INVALID)
        verdict = self._run(candidate, code, self._failing)
        if verdict.result != PASSED:
            return verdict
        alive(None)
        verdict = self._run(candidate, code, self._all)
        return verdict if verdict.result == PASSED else Verdict(REGRESSED, len(self._failing))

    def confirm(self, candidate: Candidate) -> Verdict:
        """Run everything once more."""
        code = compile_file(candidate)
        return Verdict(INVALID) if code is None else self._run(candidate, code, self._all)

    def _run(self, candidate: Candidate, code: CodeType, wanted: List[str]) -> Verdict:
        child = Child(lambda send: self._work(candidate.unit.file.path, code, wanted, send))
        verdict = Verdict(FAILED)
        for message in child.messages(silence_s=self.silence_s):
            if isinstance(message, Verdict):
                verdict = message
        return verdict

    def _work(self, path: str, code: CodeType, wanted: List[str], send: Send) -> None:
        instead_of(path, code)
        expected = set(wanted)
        started = time.perf_counter()

        def body(cases: List[Case]) -> None:
            send(self._verdict(cases, expected, wanted, started))

        self._framework.collect(replace(self._request, failing=wanted, passing=[]), body)

    def _verdict(self, cases: List[Case], expected: Set[str], wanted: List[str], started: float) -> Verdict:
        if {case.id for case in cases} != expected:
            return Verdict(FAILED)
        order = {name: position for position, name in enumerate(wanted)}
        for turned, case in enumerate(sorted(cases, key=lambda case: order[case.id])):
            result = timed(case.run, limit_for(self._limit_s))
            if result.outcome != "passed":
                return Verdict(SLOW if result.outcome == "timed out" else FAILED, turned)
        return Verdict(PASSED, len(wanted), time.perf_counter() - started)


def instead_of(path: str, code: CodeType) -> None:
    """Make every later import of the file at `path` run other code, for this process."""
    original = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        if os.path.realpath(self.path) == path:
            return code
        return original(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
