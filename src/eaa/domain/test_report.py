"""What happened when tests ran."""

from dataclasses import dataclass
from enum import StrEnum

from eaa.domain.command import CommandEnd
from eaa.domain.ids import TestId


class Outcome(StrEnum):
    """How one test ended in one run."""

    PASSED = "passed"
    FAILED = "failed"
    """An assertion of the test did not hold."""
    RAISED = "raised"
    """The code under test raised something else than an assertion."""
    BROKEN = "broken"
    """Import, collection, fixture or teardown failed: the test itself never judged anything."""
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    TIMED_OUT = "timed out"
    MISSING = "missing"
    """It was asked for and did not run."""


GREEN_OUTCOMES = frozenset({Outcome.PASSED})
RED_OUTCOMES = frozenset({Outcome.FAILED, Outcome.RAISED, Outcome.BROKEN, Outcome.TIMED_OUT, Outcome.MISSING})


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test in one run."""

    __test__ = False

    test: TestId
    outcome: Outcome
    exception: str | None = None
    """Type name of what was raised, such as `AssertionError`."""
    message: str = ""
    """At most 2,000 characters, for people; never compared."""
    path: str | None = None
    """File of the deepest frame inside the repository when it failed, relative to the repository."""
    line: int | None = None
    duration_s: float = 0.0


class ReportState(StrEnum):
    """Whether a report can be relied on as a whole."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    """The command was ended before every test ran; see `end`."""
    NO_TESTS = "no tests"
    UNREADABLE = "unreadable"
    """No report was produced; only the exit code and the output are known."""


@dataclass(frozen=True, slots=True)
class TestReport:
    """All results of one run of some tests, in the order in which they ran."""

    __test__ = False

    state: ReportState
    end: CommandEnd
    exit_code: int | None
    results: tuple[TestResult, ...]
    order_seed: int
    """0 is the project's own order; any other number is a shuffle that can be repeated."""
    output: str
    """Bounded text of what was printed, for people."""
    covered_lines: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """(path, lines executed), when coverage was asked for."""
    duration_s: float = 0.0
    fault: str = ""
    """Why no test could run at all, one sentence with the next step; empty when at least one was reached."""

    def result_of(self, test: TestId) -> TestResult:
        """Return the result of a test; one that did not run is *missing*."""
        for result in self.results:
            if result.test == test:
                return result
        return TestResult(test=test, outcome=Outcome.MISSING)
