"""Tests of unittest, loaded by name or discovered."""

from __future__ import annotations

import copy
import os
import sys
import unittest
from typing import Callable, Iterator, List

from .cases import Case
from .request import Request


class UnittestCase:
    """One test method. Every run uses a fresh copy of the test object."""

    def __init__(self, test: unittest.TestCase) -> None:
        self._test = test

    @property
    def id(self) -> str:
        """The dotted name."""
        return self._test.id()

    def run(self) -> str:
        """Run it inside a suite, so that class and module fixtures work."""
        result = unittest.TestResult()
        unittest.TestSuite([copy.copy(self._test)]).run(result)
        if not result.wasSuccessful():
            return "failed"
        return "skipped" if result.skipped or result.expectedFailures or not result.testsRun else "passed"

    def rush(self) -> str:
        """There is no shorter way that keeps `setUpClass` and its kin."""
        return self.run()


class UnittestFramework:
    """unittest, inside this process."""

    def collect(self, request: Request, body: Callable[[List[Case]], None]) -> str:
        """See `Framework`."""
        loader = unittest.TestLoader()
        named = [*request.failing, *request.passing]
        if named:
            modules = dict.fromkeys(_module_of(name) for name in named)
            suite = unittest.TestSuite(loader.loadTestsFromName(module) for module in modules)
        else:
            suite = loader.discover(".", pattern="*test*.py", top_level_dir=".")
        wanted = set(named)
        cases: List[Case] = [UnittestCase(test) for test in _flat(suite) if not wanted or test.id() in wanted]
        if not cases:
            return "unittest loaded none of the tests"
        body(cases)
        return ""


def _module_of(name: str) -> str:
    """Return the longest dotted prefix that is a file or folder, or all but class and method."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for folder in ["", *sys.path]:
            path = os.path.join(folder, *parts[:length])
            if os.path.isfile(path + ".py"):
                return ".".join(parts[:length])
    return ".".join(parts[:-2]) or name


def _flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from _flat(test)
        elif isinstance(test, unittest.TestCase):
            yield test
