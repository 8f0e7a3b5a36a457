"""Where a failure points, and how commits are called."""

from eaa.domain.ids import RunId, TestId
from eaa.domain.language import Symbol, SymbolKind
from eaa.domain.test_report import Outcome, TestResult
from eaa.roles.rd.analysis import ochiai, suspects_of, symptom_text
from eaa.roles.rd.integration import SUBJECT_CHARACTERS, branch_name, subject

FAILING = [frozenset({("a.py", 1), ("a.py", 2)}), frozenset({("a.py", 2)})]
PASSING = [frozenset({("a.py", 1), ("b.py", 9)})]


def test_lines_that_only_failing_runs_execute_are_most_suspicious() -> None:
    scores = ochiai(FAILING, PASSING)

    assert scores == {("a.py", 1): 0.5, ("a.py", 2): 1.0}
    assert ochiai([], PASSING) == {}


def test_the_line_that_raised_comes_first_and_carries_its_function() -> None:
    result = TestResult(TestId("t"), Outcome.RAISED, exception="KeyError", path="a.py", line=1)
    outer = Symbol("a.py", "Cart", SymbolKind.CLASS, 1, 9, "class Cart", is_public=True)
    inner = Symbol("a.py", "Cart.total", SymbolKind.METHOD, 1, 2, "def total(self)", is_public=True)

    suspects = suspects_of(
        ochiai(FAILING, PASSING), [result], source_paths=frozenset({"a.py"}), symbols={"a.py": [outer, inner]}
    )

    assert [(suspect.line, suspect.suspiciousness) for suspect in suspects] == [(1, 0.5), (2, 1.0)]
    assert suspects[0].symbol == "Cart.total"


def test_lines_of_test_files_are_no_suspects() -> None:
    assert suspects_of(ochiai(FAILING, PASSING), [], source_paths=frozenset(), symbols={}) == ()


def test_a_symptom_is_one_line_with_the_exception_once() -> None:
    named = TestResult(TestId("t"), Outcome.FAILED, exception="AssertionError", message="AssertionError: 1\n  == 2")
    plain = TestResult(TestId("t"), Outcome.RAISED, exception="KeyError", message="'a'")

    assert symptom_text(named) == "AssertionError: 1 == 2"
    assert symptom_text(plain) == "KeyError: 'a'"
    assert symptom_text(TestResult(TestId("t"), Outcome.TIMED_OUT)) == "timed out"


def test_a_task_has_one_branch_name_safe_for_git() -> None:
    assert branch_name("Häßliche Namen/../~^:", RunId("run_01ABCDEFGH")) == "eaa/haliche-namen-abcdefgh"
    assert branch_name("名前", RunId("run_01ABCDEFGH")) == "eaa/change-abcdefgh"


def test_a_subject_is_conventional_and_short() -> None:
    assert subject("fix", "Round half to even") == "fix: round half to even"
    assert subject("fix", "HTTP errors are lost") == "fix: HTTP errors are lost"
    assert len(subject("fix", "word " * 14)) <= SUBJECT_CHARACTERS
    assert len(subject("refactor", "w" * 72)) <= SUBJECT_CHARACTERS
