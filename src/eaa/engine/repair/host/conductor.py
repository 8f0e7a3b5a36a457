"""Keeps the project's code out of the process that answers: it runs in children only."""

from __future__ import annotations

import time
from typing import Any

from .forks import Child, Send
from .request import Answer, Request
from .session import Session

_MARGIN_S = 10.0


def conduct(request: Request, started: float) -> Answer:
    """Return everything found inside the budget."""
    _warm_up(request.framework)
    answer = Answer(note="the project's tests ended the process that runs them")
    child = Child(lambda send: _session(request, send, started))
    for message in child.messages(silence_s=float(10**6), until=started + request.budget_s + _MARGIN_S):
        if message[0] == "answer":
            answer = message[1]
        elif message[0] == "crash":
            answer.note = f"the search broke off: {message[1]}"
    answer.seconds = time.monotonic() - started
    return answer


def _session(request: Request, send: Send, started: float) -> None:
    Session(request, send, started).run()


def _warm_up(framework: str) -> Any:
    """Import the framework once, for all children to inherit."""
    return __import__("pytest") if framework == "pytest" else __import__("unittest")
