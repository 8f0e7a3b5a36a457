"""Tests of pytest: a plugin takes over after collection."""

from __future__ import annotations

import copy
import inspect
import os
from typing import Any, Callable, Dict, List, Optional, Set

import pytest
from _pytest.runner import runtestprotocol

from .addopts import kept_options, unneeded_plugins
from .cases import Case
from .request import Request

_OPTIONS = (
    "-q", "-s", "--assert=plain", "--tb=no", "--continue-on-collection-errors",
    "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:unraisableexception", "-p", "no:threadexception",
    "-p", "no:xdist", "-p", "no:randomly", "-p", "no:cov", "-o", "addopts=", "-o", "required_plugins=",
    "-W", "ignore::pytest.PytestConfigWarning",
)  # fmt: skip
_SLOW_MARKS = ("xfail", "skip", "skipif", "asyncio", "anyio", "trio", "usefixtures")


class PytestCase:
    """One collected item."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._parameters = _copyable(getattr(item, "callspec", None))
        self._direct = _direct_call(item)

    @property
    def id(self) -> str:
        """The node id."""
        return self._item.nodeid

    def run(self) -> str:
        """Run set-up, call and tear-down. Parameters are fresh copies: tests that change them poison later runs."""
        if self._parameters:
            specification: Any = getattr(self._item, "callspec", None)
            specification.params.update(copy.deepcopy(self._parameters))
        start_over = getattr(self._item, "_initrequest", None)
        if start_over is not None:
            start_over()
        reports = runtestprotocol(self._item, log=False, nextitem=None)
        if any(report.failed for report in reports):
            return "failed"
        return "skipped" if any(report.skipped for report in reports) else "passed"

    def rush(self) -> str:
        """Call the function itself when it needs no fixtures."""
        if self._direct is None:
            return self.run()
        self._direct(**copy.deepcopy(self._parameters))
        return "passed"


class PytestFramework:
    """pytest, started inside this process."""

    def collect(self, request: Request, body: Callable[[List[Case]], None]) -> str:
        """See `Framework`."""
        takeover = _Takeover(set(request.failing) | set(request.passing), body)
        paths = _paths(request)
        options = [*_OPTIONS, *unneeded_plugins(paths), *kept_options()]
        # Said to the plugin itself: as an option it stops a strict project that has no such plugin.
        os.environ["PYTEST_TIMEOUT"] = "0"
        code = pytest.main([*options, *paths], plugins=[takeover])
        broken = f"; not collected: {', '.join(takeover.broken[:3])}" if takeover.broken else ""
        if not takeover.is_done:
            return f"pytest did not get to running tests (exit code {int(code)}){broken}"
        return "" if takeover.has_cases else f"pytest collected none of the tests{broken}"


class _Takeover:
    def __init__(self, wanted: Set[str], body: Callable[[List[Case]], None]) -> None:
        self._wanted, self._body = wanted, body
        self.is_done = self.has_cases = False
        self.broken: List[str] = []
        """Files that could not be imported, with the reason."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Let a benchmark run its function once: pytest-benchmark would measure it for a second in every run."""
        if hasattr(config.option, "benchmark_disable"):
            config.option.benchmark_disable = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember what could not be collected."""
        if report.failed:
            reason = str(report.longrepr).strip().splitlines()[-1:]
            self.broken.append(f"{report.nodeid} ({''.join(reason).lstrip('E ')[:120]})")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run our own loop in place of pytest's."""
        self.is_done = True
        items = [item for item in session.items if not self._wanted or item.nodeid in self._wanted]
        cases: List[Case] = [PytestCase(item) for item in items or self._alike(session.items)]
        self.has_cases = bool(cases)
        if cases:
            self._body(cases)
        return True

    def _alike(self, items: List[pytest.Item]) -> List[pytest.Item]:
        """Return the items whose ids are the wanted ones but for the folder they are relative to."""
        ends = tuple("/" + name for name in self._wanted)
        return [
            item
            for item in items
            if item.nodeid.endswith(ends) or any(name.endswith("/" + item.nodeid) for name in self._wanted)
        ]


def _paths(request: Request) -> List[str]:
    named = [test.split("::")[0] for test in [*request.failing, *request.passing]]
    paths = [os.path.relpath(os.path.join(request.root, path)) for path in request.test_paths]
    found = [path for path in dict.fromkeys(named) if os.path.exists(path)]
    return found or [path for path in paths if os.path.exists(path)]


def _copyable(specification: Any) -> Dict[str, Any]:
    parameters = dict(getattr(specification, "params", {}) or {})
    try:
        copied: Dict[str, Any] = copy.deepcopy(parameters)
    except Exception:
        return {}
    return copied


def _direct_call(item: pytest.Item) -> Optional[Callable[..., Any]]:
    """Return the test's function when calling it with its parameters is all that pytest would do."""
    if not isinstance(item, pytest.Function) or item.cls is not None or inspect.iscoroutinefunction(item.obj):
        return None
    if any(item.get_closest_marker(mark) is not None for mark in _SLOW_MARKS):
        return None
    parameters = _copyable(getattr(item, "callspec", None))
    manager: Any = getattr(item.session, "_fixturemanager", None)
    known: Dict[str, Any] = getattr(manager, "_arg2fixturedefs", {})
    # A name that some fixture has may be parametrised indirectly; `request` and autouse fixtures need pytest itself.
    if set(item.fixturenames) != set(parameters) or any(name in known for name in parameters):
        return None
    function: Callable[..., Any] = item.obj
    return function
