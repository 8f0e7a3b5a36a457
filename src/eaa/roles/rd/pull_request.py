"""The pull request's words. Every claim is one of the evidence's, in its words."""

from eaa.domain.artefact import Patch, PullRequestText, Skipped
from eaa.domain.brief import Brief
from eaa.domain.evidence import CriterionEvidence, Evidence
from eaa.domain.fix import Confidence
from eaa.domain.verdict import CriterionVerdict
from eaa.kit.bounded import bound_text, printable

_PROVEN = frozenset({CriterionVerdict.SHOWN, CriterionVerdict.HELD})
_CELL_CHARACTERS = 160


def write_pull_request(brief: Brief) -> PullRequestText | Skipped:
    """Return title and body."""
    change, evidence = brief.handover.change, brief.handover.evidence
    if change is None:
        return Skipped("there is no change to write about")
    sections = [_summary(brief)]
    if evidence is not None:
        sections += [_criteria(evidence), _not_shown(evidence), _regression(evidence)]
    if brief.handover.patch is not None:
        sections.append(_alternatives(brief.handover.patch))
    if brief.handover.rollout is not None:
        sections.append(f"### Rollout\n\n{brief.handover.rollout.text}")
    sections.append(_recheck(brief))
    return PullRequestText(title=change.subject, body="\n\n".join(part for part in sections if part) + "\n")


def _summary(brief: Brief) -> str:
    patch, reproduction = brief.handover.patch, brief.handover.reproduction
    lines = ["### What and why", ""]
    if patch is not None and patch.chosen is not None:
        fix = patch.fix.fixes[patch.chosen]
        paths = ", ".join(f"`{path}`" for path in sorted({change.path for change in fix.changes}))
        lines.append(f"Changes {paths} ({_plain(fix.operator)}).")
    else:
        lines.append("Adds tests only; the code is unchanged.")
    if reproduction is not None and reproduction.is_reproduced:
        lines.append(f"Before: `{_plain(reproduction.symptom)}`.")
    if brief.handover.evidence is not None:
        lines.append(f"Verdict: **{brief.handover.evidence.verdict}** (`evidence.json`).")
    return "\n".join(lines)


def _criteria(evidence: Evidence) -> str:
    rows = ["### Criteria", "", "| | criterion | verdict | tests: base → head |", "|---|---|---|---|"]
    rows += [
        f"| {criterion.id} | {_cell(criterion.text)} | {criterion.verdict} | {_outcomes(criterion)} |"
        for criterion in evidence.criteria
    ]
    return "\n".join(rows) if evidence.criteria else ""


def _outcomes(criterion: CriterionEvidence) -> str:
    shown = [
        f"`{_cell(test.id)}`: {', '.join(dict.fromkeys(test.base))} → {', '.join(dict.fromkeys(test.head))}"
        for test in criterion.tests
    ]
    return "<br>".join(shown) or "none"


def _not_shown(evidence: Evidence) -> str:
    lines = [
        f"- {criterion.id} is {criterion.verdict}: {_plain(criterion.method)}"
        for criterion in evidence.criteria
        if criterion.verdict not in _PROVEN
    ]
    lines += [
        f"- `{_plain(mutant.path)}:{mutant.line}`: no test notices {_plain(mutant.description)}"
        for mutant in evidence.mutants.survivors[:5]
    ]
    lines += [
        f"- `{_plain(path)}`: changed lines {', '.join(map(str, numbers[:10]))} run in no test"
        for path, numbers in evidence.uncovered_lines
    ]
    lines += [f"- {finding.kind} in `{_plain(finding.path)}`: {_plain(finding.text)}" for finding in evidence.tamper]
    return "\n".join(["### What was not shown", "", *lines]) if lines else ""


def _regression(evidence: Evidence) -> str:
    regression = evidence.regression
    text = (
        f"Other tests: {regression.passed_head} of {regression.selected} pass "
        f"({regression.passed_base} on the base), {len(regression.newly_failing)} newly failing, "
        f"{len(regression.flaky)} flaky, {len(regression.not_run)} not run."
    )
    return f"### Regression\n\n{text}"


def _alternatives(patch: Patch) -> str:
    if patch.chosen is None or patch.fix.fixes[patch.chosen].confidence is Confidence.HIGH:
        return ""
    others = [fix for index, fix in enumerate(patch.fix.fixes) if index != patch.chosen][:3]
    lines = ["### A draft: please choose", ""]
    lines += [f"- {_plain(reason)}" for reason in patch.fix.fixes[patch.chosen].reasons]
    if patch.fix.distinguishing_input:
        lines.append(f"- The candidates differ on: `{_plain(patch.fix.distinguishing_input)}`")
    for fix in others:
        lines += ["", f"Also passes ({_plain(fix.operator)}):", "", "```diff", _fenced(fix.diff), "```"]
    return "\n".join(lines)


def _recheck(brief: Brief) -> str:
    return f"### Check it yourself\n\n```\neaa verify {brief.run_id} --repo .\n```"


def _cell(text: str) -> str:
    return _plain(text, limit_characters=_CELL_CHARACTERS).replace("|", "\\|")


def _plain(text: str, *, limit_characters: int = 300) -> str:
    one_line = " ".join(bound_text(text, limit_characters=limit_characters).split())
    return printable(one_line).replace("`", "'").replace("<", "&lt;").replace("@", "@\u200b")


def _fenced(text: str) -> str:
    return bound_text(text.strip(), limit_characters=2_000).replace("```", "'''")
