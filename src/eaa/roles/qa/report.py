"""What the author hears after a failed verification: facts only, at most thirty lines."""

from eaa.domain.evidence import CriterionEvidence, Evidence
from eaa.domain.verdict import CriterionVerdict
from eaa.kit.bounded import bound_text, printable

MOST_LINES = 30
_LINE_CHARACTERS = 200
_FINE = frozenset({CriterionVerdict.SHOWN, CriterionVerdict.HELD})


def report_lines(evidence: Evidence) -> tuple[str, ...]:
    """Return what went wrong, most decisive first."""
    lines = [f"Verdict: {evidence.verdict}."]
    lines += [f"Newly failing: {test}" for test in evidence.regression.newly_failing]
    lines += [f"Tampering: {finding.path}:{finding.line or 1} {finding.text}" for finding in evidence.tamper]
    for criterion in evidence.criteria:
        if criterion.verdict not in _FINE:
            lines += _criterion_lines(criterion)
    if not evidence.mutants.is_enough:
        lines.append(f"Mutants noticed: {evidence.mutants.killed} of {evidence.mutants.run}")
        lines += [
            f"Unnoticed: {mutant.path}:{mutant.line} {mutant.description}" for mutant in evidence.mutants.survivors
        ]
    return _bounded(lines)


def _criterion_lines(criterion: CriterionEvidence) -> list[str]:
    lines = [f"{criterion.id} {criterion.verdict}: {criterion.text}", f"  {criterion.method}"]
    lines += [
        f"  {test.id}: base {', '.join(dict.fromkeys(test.base))}; head {', '.join(dict.fromkeys(test.head))}"
        for test in criterion.tests
    ]
    return lines


def _bounded(lines: list[str]) -> tuple[str, ...]:
    short = [printable(bound_text(line, limit_characters=_LINE_CHARACTERS).replace("\n", " ")) for line in lines]
    if len(short) <= MOST_LINES:
        return tuple(short)
    omitted = len(short) - MOST_LINES + 1
    return (*short[: MOST_LINES - 1], f"… and {omitted} more lines in the evidence")
