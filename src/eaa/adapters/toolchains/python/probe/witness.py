"""What a test itself did, seen closer to the test than the hooks of the project that report about it."""

from __future__ import annotations

import sys
import unittest
from types import CodeType, FrameType
from typing import Any, Dict, Iterator, Optional, Tuple

import pytest

from .blame import blame, is_judgement  # noqa: TID252

_CALLER = "pytest_pyfunc_call"


class Witness:
    """Remembers whether the current test was called and what it raised."""

    def __init__(self) -> None:
        self._item: Optional[pytest.Item] = None
        self._raised: Optional[BaseException] = None
        self._code: Optional[CodeType] = None
        """What must run for the test to have been called; None when nothing but pytest calls tests."""
        self._was_called = False

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Watch one test from around its call."""
        self._item, self._raised, self._code, self._was_called = item, None, _code_to_see(item), False
        before = sys.getprofile()
        if self._code is not None:
            sys.setprofile(self._look)
        outcome: Any = yield
        if self._code is not None:
            sys.setprofile(before)
        self._remember(outcome)
        # pytest keeps here what unittest told it.
        kept = getattr(item, "_excinfo", None)
        if kept:
            self._raised = kept[0].value

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_pyfunc_call(self) -> Iterator[None]:
        """Watch the call itself."""
        outcome: Any = yield
        self._remember(outcome)

    def doubt(self, item: pytest.Item) -> Tuple[str, Dict[str, Any]]:
        """Return the outcome of a test that is reported as passed, and what to tell about it."""
        error = self._raised if self._item is item else None
        if error is not None:
            told = blame(error)
            told["message"] = "a hook of the project reported it as passed: " + str(told.get("message", ""))
            return _outcome_of(error), told
        if self._item is not item or (self._code is not None and not self._was_called):
            return "broken", {"message": "a hook of the project reported it as passed, and it was never called"}
        return "passed", {}

    def _remember(self, outcome: Any) -> None:
        if self._raised is None and outcome.excinfo is not None:
            self._raised = outcome.excinfo[1]

    def _look(self, frame: FrameType, _event: str, _argument: Any) -> None:
        if frame.f_code is self._code:
            self._was_called = True


def _outcome_of(error: BaseException) -> str:
    if isinstance(error, (pytest.skip.Exception, unittest.SkipTest)):
        return "skipped"
    return "failed" if is_judgement(error, (pytest.fail.Exception,)) else "raised"


def _code_to_see(item: pytest.Item) -> Optional[CodeType]:
    """Return the code of a test function that a `conftest.py` of the project calls in pytest's place."""
    code = getattr(getattr(item, "function", None), "__code__", None)
    if not isinstance(item, pytest.Function) or not isinstance(code, CodeType):
        return None
    callers = getattr(item.ihook, _CALLER).get_hookimpls()
    has_own = any(_is_of_project(caller.plugin) and not _wraps(caller) for caller in callers)
    return code if has_own else None


def _is_of_project(plugin: Any) -> bool:
    return str(getattr(plugin, "__file__", None) or "").startswith("/src/")


def _wraps(implementation: Any) -> bool:
    return bool(implementation.hookwrapper or getattr(implementation, "wrapper", False))
