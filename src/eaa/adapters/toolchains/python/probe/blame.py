"""What was raised, and where."""

from __future__ import annotations

import unittest
from types import TracebackType
from typing import Any, Dict, Optional

MESSAGE_CHARACTERS = 2000
SOURCE = "/src/"


def blame(error: Optional[BaseException], trace: Optional[TracebackType] = None) -> Dict[str, Any]:
    """Return the type's name, the message, and the deepest frame inside the repository."""
    if error is None:
        return {}
    found: Dict[str, Any] = {"exception": type(error).__name__, "message": _message(error)}
    trace = trace if trace is not None else error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(SOURCE):
            found["path"], found["line"] = name[len(SOURCE) :], trace.tb_lineno
        trace = trace.tb_next
    return found


def is_judgement(error: Optional[BaseException], kinds: Any = ()) -> bool:
    """Return whether an error is a test's verdict, not an accident."""
    return isinstance(error, (AssertionError, unittest.TestCase.failureException, *kinds))


def is_inside(trace: Optional[TracebackType], method: Any) -> bool:
    """Return whether an error came out of a test method itself, not of what is done before or after it."""
    code = getattr(getattr(method, "__wrapped__", method), "__code__", None)
    own = getattr(method, "__code__", None)
    while trace is not None:
        if trace.tb_frame.f_code in (code, own):
            return True
        trace = trace.tb_next
    # A method made by other means than `def` has no code to look for.
    return code is None


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARACTERS]
    except Exception:
        return "(the message could not be read)"
