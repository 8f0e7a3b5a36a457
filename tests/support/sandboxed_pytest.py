"""Real pytest in the real sandbox, for tests of the rules: functions of top-level modules only, nothing is detected."""

import json
import sys
from pathlib import Path

from typing_extensions import override

from eaa.domain.command import Command, CommandEnd, Limits, Mount
from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, ReportState, TestReport, TestResult
from eaa.ports.repositories import Repositories
from eaa.ports.sandbox import Sandbox
from eaa.ports.toolchain import Measure, TestRun
from eaa.ports.workspaces import Workspaces
from tests.support.tiny_world import TinyToolchain

_PLUGIN = """
import json, os, random, sys

found, covered = {}, {}
real_write = os.write
seed, traces = int(os.environ["SEED"]), os.environ["COVER"] == "1"


def trace(frame, event, argument):
    name = frame.f_code.co_filename
    if not name.startswith("/src/"):
        return None
    if event == "line":
        covered.setdefault(name[5:], set()).add(frame.f_lineno)
    return trace


def pytest_configure(config):
    if traces:
        sys.settrace(trace)


def pytest_collection_modifyitems(items):
    if seed:
        random.Random(seed).shuffle(items)


def pytest_collectreport(report):
    if report.failed:
        found[report.nodeid] = ("broken", "ImportError")


def pytest_exception_interact(node, call, report):
    if report.when == "call":
        names = [kind.__name__ for kind in call.excinfo.type.__mro__]
        failed = "AssertionError" in names or names[0] == "Failed"
        found[report.nodeid] = ("failed" if failed else "raised", names[0])


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        found[report.nodeid] = ("passed", None)
    elif report.skipped:
        found[report.nodeid] = ("skipped", None)
    elif report.failed and report.when != "call":
        found[report.nodeid] = ("broken", None)


def pytest_sessionfinish():
    sys.settrace(None)
    lines = {path: sorted(numbers) for path, numbers in covered.items()}
    real_write(1, ("\\n@@" + json.dumps([found, lines])).encode())
"""


class SandboxedPytest(TinyToolchain):
    """Runs tests as a person would, `python -m pytest`, in bubblewrap."""

    def __init__(self, workspaces: Workspaces, repositories: Repositories, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(workspaces, repositories)
        self._folder = folder
        self._real_workspaces = workspaces
        self._sandbox = sandbox
        folder.mkdir()
        (folder / "reporting.py").write_text(_PLUGIN)

    @override
    async def run_tests(self, run: TestRun) -> TestReport:
        self.runs.append(run)
        before = self._files(run.workspace)
        await self._real_workspaces.write(run.workspace, run.overlay)
        try:
            result = await self._sandbox.run(self._command(run), root=run.workspace.root)
        finally:
            await self._restore(run, before)
        text = result.stdout.text(limit_characters=10_000_000)
        if "\n@@" not in text:
            return _report(run, ReportState.UNREADABLE, result.end, (), ())
        found, lines = json.loads(text.rpartition("\n@@")[2].splitlines()[0])
        results = tuple(
            TestResult(test=TestId(name), outcome=Outcome(outcome), exception=exception)
            for name, (outcome, exception) in found.items()
        )
        asked = tuple(_missing(test, found) for test in run.tests or () if test not in found)
        covered = tuple((path, tuple(numbers)) for path, numbers in sorted(lines.items()))
        return _report(run, ReportState.COMPLETE, result.end, (*results, *asked), covered)

    async def _restore(self, run: TestRun, before: dict[str, bytes]) -> None:
        for change in run.overlay:
            file = run.workspace.root / change.path
            if change.path in before:
                file.write_bytes(before[change.path])
            else:
                file.unlink(missing_ok=True)

    def _command(self, run: TestRun) -> Command:
        wanted = run.tests if run.tests is not None else ()
        return Command(
            argv=(sys.executable, "-m", "pytest", "-q", "-p", "reporting", "-p", "no:cacheprovider", *wanted),
            environment={
                "PYTHONPATH": "/reporting:/src",
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                "SEED": str(run.order_seed),
                "COVER": "1" if run.measure is Measure.COVERAGE else "0",
            },
            mounts=(Mount(source=self._folder, target="/reporting"), *_interpreter()),
            limits=Limits(wall_s=run.timeout_s, output_bytes=4_000_000),
        )


def _interpreter() -> tuple[Mount, ...]:
    folders = dict.fromkeys((sys.prefix, sys.base_prefix))
    return tuple(
        Mount(source=Path(folder), target=folder) for folder in folders if not folder.startswith(("/usr", "/bin"))
    )


def _missing(test: TestId, found: dict[str, object]) -> TestResult:
    is_broken = any(test.startswith(f"{name}::") for name in found)
    return TestResult(test=test, outcome=Outcome.BROKEN if is_broken else Outcome.MISSING)


def _report(
    run: TestRun,
    state: ReportState,
    end: CommandEnd,
    results: tuple[TestResult, ...],
    covered: tuple[tuple[str, tuple[int, ...]], ...],
) -> TestReport:
    return TestReport(
        state=state,
        end=end,
        exit_code=0,
        results=results,
        order_seed=run.order_seed,
        output="",
        covered_lines=covered,
        duration_s=0.5,
    )
