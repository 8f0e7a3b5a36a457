"""Runs the tests of a pytest suite and tells what happens."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence

import pytest

from .blame import blame, is_inside, is_judgement  # noqa: TID252
from .options import accept_core_options, accept_refused_options  # noqa: TID252
from .records import Records  # noqa: TID252
from .refused import REFUSED_PLUGINS  # noqa: TID252
from .request import Request  # noqa: TID252
from .shuffle import shuffled  # noqa: TID252
from .witness import Witness  # noqa: TID252

_GREEN = ("passed", "skipped", "xfailed", "xpassed")
_ORDINARY = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


def run_pytest(request: Request, records: Records) -> int:
    """Run the suite in the current folder and return pytest's exit code."""
    options = ["--rootdir=.", "--continue-on-collection-errors", "-q", "--tb=short"]
    for name in REFUSED_PLUGINS:
        options += ["-p", "no:" + name]
    # A required plugin that is kept out would count as missing.
    options += ["-o", "required_plugins="]
    files = [file for file in request.files if Path(file).exists()]
    if request.tests is not None and not files:
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    # After the project's own `addopts`, so these win.
    options += ["--maxfail=0", "--capture=fd", *(["--collect-only"] if request.is_listing else []), *files]
    code = int(pytest.main(options, plugins=[Refusal(), Reporter(request, records)]))
    if code not in _ORDINARY and not records.has_told:
        records.refused()
    return code


class Refusal:
    """The plugin that lets options of refused plugins pass."""

    @pytest.hookimpl(trylast=True)
    def pytest_addoption(self, parser: pytest.Parser) -> None:
        """Accept and forget them."""
        accept_core_options(parser)
        accept_refused_options(parser)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Let benchmarks of pytest-benchmark run once instead of for a second each; nobody reads their times."""
        if hasattr(config.option, "benchmark_disable") and not getattr(config.option, "benchmark_only", False):
            config.option.benchmark_disable = True


class Reporter:
    """The plugin that selects, orders and tells."""

    def __init__(self, request: Request, records: Records) -> None:
        self._request = request
        self._records = records
        self._current: Dict[str, Any] = {}
        self._witness = Witness()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Call a witness who sees the tests themselves."""
        session.config.pluginmanager.register(self._witness, "eaa-witness")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: List[pytest.Item]) -> None:
        """Select and order."""
        chosen = [item for item in items if self._request.asks_for(item.nodeid)]
        left_out = [item for item in items if not self._request.asks_for(item.nodeid)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = shuffled(chosen, _groups, self._request.seed)
        if self._request.is_listing:
            self._records.listed([item.nodeid for item in items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell which files could not be collected, or did not want to be."""
        if report.skipped:
            self._records.uncollected({"test": report.nodeid, "outcome": "skipped"})
        elif report.failed:
            text = str(report.longrepr)
            self._records.uncollected({"test": report.nodeid, "exception": _last_name(text), "message": text[-2000:]})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test begins."""
        self._current = {"test": nodeid, "duration_s": 0.0}
        self._records.start(nodeid)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Note how a phase of the current test ended."""
        outcome: Any = yield
        report: pytest.TestReport = outcome.get_result()
        self._current["duration_s"] = self._current.get("duration_s", 0.0) + call.duration
        name = _outcome(report, call)
        told = blame(call.excinfo.value, call.excinfo.tb) if call.excinfo is not None else {}
        if name == "passed":
            name, told = self._witness.doubt(item)
        elif name in ("failed", "raised") and _is_around(item, call):
            name = "broken"
        if name is None or self._current.get("outcome", "passed") not in _GREEN:
            return
        if name in _GREEN and self._current.get("outcome", "passed") != "passed":
            return
        self._current["outcome"] = name
        self._current.update(told)

    def pytest_runtest_logfinish(self) -> None:
        """Tell how the test ended."""
        self._current.setdefault("outcome", "missing")
        self._records.end(self._current)


def _groups(item: pytest.Item) -> Sequence[str]:
    return [*item.nodeid.partition("[")[0].split("::"), item.nodeid]


def _outcome(report: pytest.TestReport, call: pytest.CallInfo[None]) -> Optional[str]:
    """Return the outcome of a phase; None when it says nothing, such as a set-up that worked."""
    if hasattr(report, "wasxfail") and not report.failed:
        return "xpassed" if report.passed else "xfailed"
    if report.skipped:
        return "skipped"
    if report.passed:
        return "passed" if report.when == "call" else None
    if report.when != "call":
        return "broken"
    if call.excinfo is None:
        return "xpassed"
    return "failed" if is_judgement(call.excinfo.value, (pytest.fail.Exception,)) else "raised"


def _is_around(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Return whether an error came out of what a unittest case does before or after its test."""
    kind = getattr(item, "cls", None)
    if call.excinfo is None or not (isinstance(kind, type) and issubclass(kind, unittest.TestCase)):
        return False
    return not is_inside(call.excinfo.tb, getattr(kind, item.name, None))


def _last_name(text: str) -> Optional[str]:
    """Return the type of the last error in a traceback's text: `E   ImportError: …`."""
    for line in reversed(text.splitlines()):
        name = line.lstrip("E ").partition(":")[0].strip()
        if name.replace(".", "").isidentifier() and name.endswith(("Error", "Exception", "Failed", "Warning", "Exit")):
            return name.rpartition(".")[2]
    return None
