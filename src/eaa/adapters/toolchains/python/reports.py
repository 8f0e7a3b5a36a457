"""From what the probe told to a report."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from eaa.adapters.toolchains.python.faults import fault_of
from eaa.domain.command import CommandEnd, CommandResult, Output
from eaa.domain.ids import TestId
from eaa.domain.test_report import Outcome, ReportState, TestReport, TestResult
from eaa.kit.bounded import bound_text
from eaa.ports.toolchain import TestRun

COMMAND = TestId("command")
"""The one test of a command that only has an exit code."""

_OUTPUT_CHARACTERS = 20_000
_MESSAGE_CHARACTERS = 2_000
_NOTHING_COLLECTED = 5
_EVERYTHING = "."
"""What the probe says could not be collected when the framework did not even start."""


@dataclass(slots=True)
class Told:
    """The probe's records, read."""

    results: list[TestResult] = field(default_factory=list)
    uncollected: list[TestResult] = field(default_factory=list)
    listed: list[TestId] = field(default_factory=list)
    covered: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    in_flight: TestId | None = None
    is_final: bool = False
    is_closed: bool = False
    """A final record came; whatever follows is not the probe's."""
    has_begun: bool = False
    could_not_start: bool = False
    """The probe ran and the framework under it did not."""
    noise: str = ""
    """What the project and its framework printed."""

    def end(self, result: TestResult) -> None:
        """Take a test's result. The probe tells of each test once, and of none after it said that all was told."""
        if self.is_closed or any(known.test == result.test for known in self.results):
            message = "its result was told more than once, or after the end: somebody else told it too"
            self.results = [known for known in self.results if known.test != result.test]
            result = TestResult(test=result.test, outcome=Outcome.BROKEN, message=message)
        self.results.append(result)


def read_records(output: Output, nonce: str) -> Told:
    """Return what was told on standard output; lines that are not ours, or not whole, are noise.

    The records are whole only when nothing was left out and the last one counts as many tests as ended.
    """
    told = Told()
    mark = f"@{nonce} ".encode()
    noise: list[bytes] = []
    for line in (output.head + b"\n" + output.tail if output.tail else output.head).split(b"\n"):
        if line.startswith(mark):
            # Only the probe knows the mark; but it lives in one process with code that nobody trusts.
            with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
                _take(told, json.loads(line[len(mark) :]))
        elif line:
            noise.append(line)
    told.noise = b"\n".join(noise).decode(errors="replace")
    return told


def report_of(run: TestRun, told: Told, result: CommandResult) -> TestReport:
    """Return the report of a run."""
    fault = fault_of(run, result, told.noise) if _never_began(told) else ""
    if fault:
        told.uncollected.append(TestResult(test=TestId(_EVERYTHING), outcome=Outcome.BROKEN, message=fault))
    results = [*told.results, *_unfinished(told, result)]
    results += [result for result in told.uncollected if run.tests is None and result.test != _EVERYTHING]
    results += _unheard(run.tests or (), results, told.uncollected)
    stderr = result.stderr.text(limit_characters=_OUTPUT_CHARACTERS // 2)
    return TestReport(
        state=_state(told, result),
        end=result.end,
        exit_code=result.exit_code,
        results=tuple(results),
        order_seed=run.order_seed,
        output=bound_text(f"{told.noise}\n{stderr}".strip(), limit_characters=_OUTPUT_CHARACTERS),
        covered_lines=tuple(sorted(told.covered)),
        duration_s=result.duration_s,
        fault=fault,
    )


def report_of_exit_code(run: TestRun, told: Told, result: CommandResult) -> TestReport:
    """Return the report of a command that runs its tests by other means: one test, called `command`."""
    outcome = Outcome.PASSED if result.is_success else Outcome.FAILED
    outcome = Outcome.TIMED_OUT if result.end is CommandEnd.TIMED_OUT else outcome
    told.results.append(TestResult(test=COMMAND, outcome=outcome, duration_s=result.duration_s))
    told.is_final = True
    report = report_of(run, told, result)
    return replace(report, state=ReportState.COMPLETE if result.end is CommandEnd.EXITED else report.state)


def _never_began(told: Told) -> bool:
    """Return whether nothing was reached: the probe, or the framework under it, did not start."""
    return told.could_not_start or not (told.has_begun or told.is_final)


def _take(told: Told, record: dict[str, Any]) -> None:
    told.has_begun = True
    match record.get("kind"):
        case "start":
            told.in_flight = TestId(record["test"])
        case "end":
            told.in_flight = None
            told.end(_result(record, Outcome(record["outcome"])))
        case "refused":
            told.could_not_start = True
        case "uncollected":
            told.uncollected.append(_result(record, Outcome(record.get("outcome", Outcome.BROKEN))))
        case "listed":
            told.listed += [TestId(str(test)) for test in record["tests"]]
        case "covered":
            told.covered.append((str(record["path"]), tuple(int(line) for line in record["lines"])))
        case "final":
            told.is_final = not told.is_closed and record["finished"] == len(told.results)
            told.is_closed = True
        case _:
            return


def _result(record: Mapping[str, Any], outcome: Outcome) -> TestResult:
    return TestResult(
        test=TestId(record["test"]),
        outcome=outcome,
        exception=record.get("exception"),
        message=str(record.get("message", ""))[:_MESSAGE_CHARACTERS],
        path=record.get("path"),
        line=record.get("line"),
        duration_s=float(record.get("duration_s", 0.0)),
    )


def _unfinished(told: Told, result: CommandResult) -> Iterable[TestResult]:
    """Return the test during which everything ended, if there was one."""
    if told.in_flight is None:
        return ()
    if result.end is CommandEnd.TIMED_OUT:
        message = f"still running when the run was ended after {result.duration_s:.0f} s"
        return (TestResult(test=told.in_flight, outcome=Outcome.TIMED_OUT, message=message),)
    exit_code = "" if result.exit_code is None else f" with exit code {result.exit_code}"
    message = f"the process ended during this test: {result.end.value}{exit_code}"
    return (TestResult(test=told.in_flight, outcome=Outcome.RAISED, message=message),)


def _unheard(
    asked: Sequence[TestId], results: Sequence[TestResult], uncollected: Sequence[TestResult]
) -> list[TestResult]:
    """Return results for tests that were asked for and did not run."""
    heard = {name for result in results for name in (result.test, result.test.partition("[")[0])}
    found: list[TestResult] = []
    for test in asked:
        if test in heard:
            continue
        because = next((file for file in uncollected if _holds(file.test, test)), None)
        if because is None:
            found.append(TestResult(test=test, outcome=Outcome.MISSING))
        else:
            found.append(
                TestResult(
                    test=test,
                    outcome=because.outcome,
                    exception=because.exception,
                    message=because.message,
                    path=because.path,
                    line=because.line,
                )
            )
    return found


def _holds(place: str, test: str) -> bool:
    return place in ("", _EVERYTHING) or test == place or test.startswith((f"{place}::", f"{place}/", f"{place}."))


def _state(told: Told, result: CommandResult) -> ReportState:
    if result.end is not CommandEnd.EXITED:
        return ReportState.INTERRUPTED
    if not told.is_final:
        return ReportState.UNREADABLE
    if not told.results and all(result.test == _EVERYTHING for result in told.uncollected):
        return ReportState.NO_TESTS if result.exit_code in (0, _NOTHING_COLLECTED) else ReportState.UNREADABLE
    # pytest.exit(), Ctrl-C, or a person's own command that stops at files it cannot collect.
    return ReportState.COMPLETE if result.exit_code in (0, 1, _NOTHING_COLLECTED) else ReportState.INTERRUPTED
