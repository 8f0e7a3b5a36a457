"""Keeps the project's code out of the process that answers: it runs in children only."""

from __future__ import annotations

import time
from typing import List, Optional, Tuple

from .baseline import Baseline
from .forks import Child, Send
from .import_time import dependents, runs_at_import
from .reload import ReloadExam
from .request import Answer, Request
from .search import Search, best_first
from .session import Session, fill_queue, framework_of, load_files, repairs_of, suspect

_MARGIN_S = 10.0
_LEAST_S = 2.0
_SECOND_LOOK_S = 3.0
_SECOND_LOOK_SHARE = 0.25
_CONVINCING = 0.4
"""A repair below this score is worth a look at code that runs at import as well."""


def conduct(request: Request, started: float) -> Answer:
    """Return everything found inside the budget."""
    __import__(request.framework)
    answer = Answer(note="the project's tests ended the process that runs them")
    known: Optional[Tuple[Baseline, List[str]]] = None
    child = Child(lambda send: _session(request, send, started))
    for message in child.messages(silence_s=float(10**6), until=started + request.budget_s + _MARGIN_S):
        if message[0] == "answer":
            answer = message[1]
        elif message[0] == "baseline":
            known, answer = (message[1], message[2]), message[3]
        elif message[0] == "crash":
            answer.note = f"the search broke off: {message[1]}"
    is_convincing = bool(answer.repairs) and answer.repairs[0].score >= _CONVINCING
    if known is not None and not is_convincing and not answer.note:
        _reload(request, answer, known[0], known[1], started)
    answer.seconds = time.monotonic() - started
    return answer


def _session(request: Request, send: Send, started: float) -> None:
    Session(request, send, started).run()


def _reload(request: Request, answer: Answer, baseline: Baseline, ids: List[str], started: float) -> None:
    """Search what exchanging living functions could not reach: code at import, or everything when threads run."""
    until = started + request.budget_s
    if answer.repairs:
        until = min(until, time.monotonic() + max(_SECOND_LOOK_S, _SECOND_LOOK_SHARE * request.budget_s))
    if time.monotonic() > until - _LEAST_S:
        return
    files = load_files(request)
    extra = dependents(files, baseline)
    for index, lines in extra.items():
        baseline.lines[index] |= lines
    suspicion = suspect(baseline)
    is_everything = answer.mode == "reload"
    queue = fill_queue(
        files, baseline, suspicion, is_wanted=lambda unit, node: is_everything or runs_at_import(unit, node)
    )
    exam = ReloadExam(request, framework_of(request.framework), baseline, ids)
    search = Search(exam, request.processes, request.memory_bytes, started, until, batch=1)
    search.run(iter(queue))
    search.run_slow_lane()
    answer.tried += search.tried
    if search.found:
        answer.mode = "reload"
        found = [*answer.repairs, *repairs_of(best_first(search.found), suspicion)]
        answer.repairs = sorted(found, key=lambda repair: -repair.score)
