"""Evidence in words, for a pull request's body and for a terminal. Nothing here says more than the record."""

from collections.abc import Sequence

from eaa.domain.evidence import CriterionEvidence, Evidence, Severity, TestEvidence
from eaa.domain.kind import Kind
from eaa.domain.test_report import Outcome
from eaa.domain.verdict import CriterionVerdict
from eaa.engine.evidence.verify import NOT_DERIVABLE, VerificationReport
from eaa.engine.outgoing import in_code, in_prose

LINES_AT_MOST = 60

_LETTERS = {
    Outcome.PASSED: "P",
    Outcome.FAILED: "F",
    Outcome.RAISED: "E",
    Outcome.BROKEN: "B",
    Outcome.SKIPPED: "s",
    Outcome.XFAILED: "x",
    Outcome.XPASSED: "X",
    Outcome.TIMED_OUT: "T",
    Outcome.MISSING: "-",
}
LEGEND = (
    "P passed, F failed by assertion, E raised, B broken, T timed out, s skipped, x/X expected failure, - did not run"
)

_PROVEN = frozenset({CriterionVerdict.SHOWN, CriterionVerdict.HELD})
_CRITERIA_AT_MOST = 12
_TESTS_AT_MOST = 3
_ITEMS_AT_MOST = 4
_TEXT_LIMIT_CHARACTERS = 200


def letters(outcomes: Sequence[Outcome]) -> str:
    """Return one letter a run, such as `FFF`; the legend is LEGEND."""
    return "".join(_LETTERS[outcome] for outcome in outcomes) or "none"


def outcome_line(test: TestEvidence) -> str:
    """Return a test and what each side showed: `tests/test_a.py::test_b  base FFF → stub F → head PPP`."""
    stub = f" → stub {letters((test.stub,))}" if test.stub is not None else ""
    raised = f" ({_plain(test.base_exception)})" if test.base_exception else ""
    return f"{_plain(test.id)}  base {letters(test.base)}{raised}{stub} → head {letters(test.head)}"


def terminal_lines(evidence: Evidence) -> tuple[str, ...]:
    """Return the evidence as plain lines, at most 60: verdict, criteria with their tests, then what was not shown."""
    lines = [
        f"{evidence.kind}: {evidence.verdict}  (base {evidence.base.commit[:12]} → head {evidence.head.commit[:12]})"
    ]
    for criterion in evidence.criteria[:_CRITERIA_AT_MOST]:
        lines.append(f"  {criterion.id} {criterion.verdict}: {_plain(criterion.text)}")
        lines += [f"     {outcome_line(test)}" for test in criterion.tests[:_TESTS_AT_MOST]]
        lines += _more(len(criterion.tests) - _TESTS_AT_MOST, "     ", "test", "tests")
        lines.append(f"     {_plain(criterion.method)}")
    lines += _more(len(evidence.criteria) - _CRITERIA_AT_MOST, "  ", "criterion", "criteria")
    lines.append(f"  {regression_sentence(evidence)}")
    lines.append(f"  {mutant_sentence(evidence)}")
    return _bounded([*lines, *(f"  ! {doubt}" for doubt in doubts(evidence))])


def markdown(evidence: Evidence) -> str:
    """Return the evidence as a section for a pull request's body, at most 60 lines."""
    lines = [
        (
            f"**{evidence.verdict}** · {evidence.kind} · base `{evidence.base.commit[:12]}` → "
            f"head `{evidence.head.commit[:12]}` · environment `{_plain(evidence.environment_key[:12])}`"
        ),
        "",
        "| | criterion | verdict | tests |",
        "|---|---|---|---|",
        *(_row(criterion) for criterion in evidence.criteria[:_CRITERIA_AT_MOST]),
        "",
        *(f"- {criterion.id}: {_escaped(criterion.method)}" for criterion in evidence.criteria[:_CRITERIA_AT_MOST]),
        *_more(len(evidence.criteria) - _CRITERIA_AT_MOST, "- ", "criterion", "criteria"),
        f"- {_escaped(regression_sentence(evidence))}",
        f"- {_escaped(mutant_sentence(evidence))}",
    ]
    found = doubts(evidence)
    if found:
        lines += ["", "**What was not shown, and what to look at**", "", *(f"- {_escaped(doubt)}" for doubt in found)]
    return "\n".join((*_bounded(lines), "", f"<sub>{LEGEND}; one letter a run.</sub>"))


def verification_lines(report: VerificationReport) -> tuple[str, ...]:
    """Return what `eaa verify` says; the last line is the answer."""
    told = [f"  differs: {_plain(difference)}" for difference in report.differences]
    told += [f"  note: {_plain(note)}" for note in report.notes]
    if report.is_same:
        return (*told, f"  not derivable, so not compared: {', '.join(NOT_DERIVABLE)}", "eaa verify: ok")
    number = len(report.differences)
    return (*told, f"eaa verify: {number} difference{'' if number == 1 else 's'}, the record does not hold")


def regression_sentence(evidence: Evidence) -> str:
    """Return what became of the project's other tests."""
    regression = evidence.regression
    return (
        f"other tests: {regression.selected} compared, {regression.passed_base} pass on the base, "
        f"{regression.passed_head} on the head, {len(regression.newly_failing)} newly failing, "
        f"{len(regression.flaky)} flaky, {len(regression.not_run)} not run"
    )


def mutant_sentence(evidence: Evidence) -> str:
    """Return how many wrong variants of the lines in question the tests notice."""
    if evidence.kind is Kind.REFACTOR:
        return "mutants: none, a refactoring is judged by the unchanged suite"
    mutants = evidence.mutants
    if mutants.run == 0:
        return f"mutants: {mutants.made} made, {mutants.covered} on lines the tests execute, none run"
    left_out = f", {mutants.left_out} covered ones not tried" if mutants.left_out else ""
    return f"mutants: {mutants.killed} of {mutants.run} noticed ({mutants.made} made{left_out})"


def doubts(evidence: Evidence) -> tuple[str, ...]:
    """Return what a reviewer should know: what failed, what was not shown, what nobody ran."""
    regression = evidence.regression
    lines = [_plain(f"left open: {point}", limit_characters=400) for point in evidence.left_open[:_ITEMS_AT_MOST]]
    for finding in evidence.tamper[: 2 * _ITEMS_AT_MOST]:
        grade = "tampering" if finding.severity is Severity.DECISIVE else "look"
        where = f"{finding.path}:{finding.line}" if finding.line is not None else finding.path
        lines.append(_plain(f"{grade}, {finding.kind}: {where}: {finding.text}"))
    lines += _more(len(evidence.tamper) - 2 * _ITEMS_AT_MOST, "", "finding", "findings")
    lines += _listed("newly failing", regression.newly_failing)
    lines += _listed("flaky, so left out of every claim", regression.flaky)
    lines += _listed("not run", [f"{left_out.test} ({left_out.reason})" for left_out in regression.not_run])
    lines += _listed(
        "wrong variants that no test of a criterion notices",
        [f"{mutant.path}:{mutant.line} {mutant.description}" for mutant in evidence.mutants.survivors],
    )
    lines += _listed(
        "lines in question that no test executes",
        [f"{path} {', '.join(map(str, numbers[:10]))}" for path, numbers in evidence.uncovered_lines],
    )
    lines += _listed("public interface", evidence.interface_changes)
    return tuple(lines)


def _row(criterion: CriterionEvidence) -> str:
    shown = [f"`{outcome_line(test)}`" for test in criterion.tests[:_TESTS_AT_MOST]]
    shown += _more(len(criterion.tests) - _TESTS_AT_MOST, "", "test", "tests")
    mark = "" if criterion.verdict in _PROVEN else "⚠ "
    cells = (
        criterion.id,
        _escaped(criterion.text),
        f"{mark}{criterion.verdict}",
        "<br>".join(shown).replace("|", "\\|"),
    )
    return f"| {' | '.join(cells)} |"


def _listed(title: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    more = f"; and {len(items) - _ITEMS_AT_MOST} more" if len(items) > _ITEMS_AT_MOST else ""
    return [f"{title}: {'; '.join(_plain(item) for item in items[:_ITEMS_AT_MOST])}{more}"]


def _more(number: int, indent: str, singular: str, plural: str) -> list[str]:
    return [f"{indent}and {number} more {singular if number == 1 else plural}"] if number > 0 else []


def _bounded(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= LINES_AT_MOST:
        return tuple(lines)
    left_out = len(lines) - LINES_AT_MOST + 1
    # The verdict stands at the top and the doubts at the end; what gives way is the middle, and it says so.
    head = LINES_AT_MOST * 2 // 3
    tail = LINES_AT_MOST - head - 1
    return (*lines[:head], f"  … {left_out} lines left out, evidence.json has them …", *lines[-tail:])


def _escaped(text: str) -> str:
    return in_prose(text, limit_characters=_TEXT_LIMIT_CHARACTERS)


def _plain(text: str, *, limit_characters: int = _TEXT_LIMIT_CHARACTERS) -> str:
    return in_code(text, limit_characters=limit_characters)
