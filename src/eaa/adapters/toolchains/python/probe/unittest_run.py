"""Runs the tests of a unittest suite and tells what happens."""

from __future__ import annotations

import importlib
import sys
import time
import traceback
import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

from .blame import MESSAGE_CHARACTERS, blame, is_inside, is_judgement  # noqa: TID252
from .records import Records  # noqa: TID252
from .request import Request  # noqa: TID252
from .shuffle import shuffled  # noqa: TID252

_NOTHING_FOUND = 5


def run_unittest(request: Request, records: Records) -> int:
    """Run the suite in the current folder and return 0, 1 when a test failed, or 5 when there are none."""
    reporter = Reporter(records)
    tests = [test for test in _collect(request, records) if request.asks_for(test.id())]
    tests = shuffled(tests, _groups, request.seed)
    if request.is_listing:
        records.listed([test.id() for test in tests])
    elif tests:
        # Its suite is what calls the fixtures of classes and modules.
        unittest.TestSuite(tests).run(reporter)
    if not tests:
        return _NOTHING_FOUND
    return 1 if reporter.has_failed else 0


class Reporter(unittest.TestResult):
    """Tells how each test ended; a test with parts that fail (`subTest`) has failed."""

    def __init__(self, records: Records) -> None:
        super().__init__()
        self._records = records
        self._current: Dict[str, Any] = {}
        self._started = 0.0
        self.has_failed = False

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Tell that a test begins."""
        super().startTest(test)
        self._current, self._started = {"test": test.id()}, time.perf_counter()
        self._records.start(test.id())

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Tell how the test ended."""
        super().stopTest(test)
        if not self._current:
            return
        duration_s = time.perf_counter() - self._started
        self._records.end({"outcome": "passed", **self._current, "duration_s": duration_s})
        self._current = {}

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note an accident, in the test, around it, or in the fixtures of its class or module."""
        super().addError(test, err)
        outcome = "raised" if is_inside(err[2], _method(test)) else "broken"
        self._note(test, outcome, err[1])

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note a verdict."""
        super().addFailure(test, err)
        self._note(test, "failed" if is_inside(err[2], _method(test)) else "broken", err[1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        """Note what a part did to its test."""
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._note(test, "failed" if is_judgement(err[1]) else "raised", err[1])

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        """Note a test that did not want to run."""
        super().addSkip(test, reason)
        skipped = {"outcome": "skipped", "message": str(reason)[:MESSAGE_CHARACTERS]}
        if self._current:
            self._current = {**skipped, **self._current}
        elif isinstance(test, unittest.TestCase):
            # Python 3.12.1 does not start a test that says beforehand that it does not want to run.
            self._records.end({"test": test.id(), **skipped})

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        """Note an expected failure."""
        super().addExpectedFailure(test, err)
        self._current.setdefault("outcome", "xfailed")

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        """Note that an expected failure did not come."""
        super().addUnexpectedSuccess(test)
        self._current.setdefault("outcome", "xpassed")

    def _note(self, test: Any, outcome: str, error: BaseException) -> None:
        self.has_failed = True
        if self._current:
            self._current = {"outcome": outcome, **blame(error), **self._current}
            return
        # `setUpClass (tests.test_x.Case)`, `setUpModule (tests.test_x)`: all that it holds is broken.
        place = test.id().partition("(")[2].rstrip(")") or test.id()
        self._records.uncollected({"test": place, **blame(error)})


def _collect(request: Request, records: Records) -> List[unittest.TestCase]:
    """Return the tests in the order of files; a file that cannot be imported is told."""
    loader = unittest.TestLoader()
    found: Dict[str, unittest.TestCase] = {}
    for name in _modules(request):
        try:
            module = importlib.import_module(name)
        except unittest.SkipTest:
            records.uncollected({"test": name, "outcome": "skipped"})
            continue
        except BaseException as error:
            text = "".join(traceback.format_exception_only(type(error), error)).strip()
            records.uncollected({"test": name, **blame(error), "message": text[:MESSAGE_CHARACTERS]})
            continue
        for test in _flat(loader.loadTestsFromModule(module)):
            found.setdefault(test.id(), test)
    return list(found.values())


def _modules(request: Request) -> List[str]:
    files = [Path(file) for file in request.files if Path(file).is_file()]
    if not files:
        files = sorted(
            path for path in Path().rglob("test*.py") if all(part.isidentifier() for part in path.parts[:-1])
        )
    # `python -m unittest discover` puts the folder of the tests on the import path.
    folders = dict.fromkeys(str(file.parent.absolute()) for file in files if not (file.parent / "__init__.py").exists())
    sys.path += [folder for folder in folders if folder not in sys.path]
    names = [_module_name(file) for file in files if file.suffix == ".py" and file.name != "__init__.py"]
    wanted = request.tests
    if wanted is not None:
        names = [name for name in names if any(test == name or test.startswith(name + ".") for test in wanted)]
    return names


def _module_name(file: Path) -> str:
    """Return the name to import a file by: dotted from the current folder."""
    return ".".join(file.with_suffix("").parts)


def _flat(suite: Any) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestCase):
        yield suite
        return
    for part in suite:
        yield from _flat(part)


def _groups(test: unittest.TestCase) -> Sequence[str]:
    kind = type(test)
    return [kind.__module__, kind.__qualname__, test.id()]


def _method(test: Any) -> Any:
    return getattr(type(test), getattr(test, "_testMethodName", ""), None)
