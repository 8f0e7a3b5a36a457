"""The pull request's words. Every claim is one of the evidence's, in its words."""

from eaa.domain.artefact import Patch, PullRequestText, Skipped
from eaa.domain.brief import Brief
from eaa.domain.fix import Confidence
from eaa.domain.origin import Origin
from eaa.domain.task import origin_of_run
from eaa.engine.agent.output import visible
from eaa.engine.evidence.words import markdown
from eaa.engine.outgoing import in_code, in_prose
from eaa.kit.bounded import bound_text
from eaa.kit.hidden_text import without_hidden

_TEXT_CHARACTERS = 300


def write_pull_request(brief: Brief) -> PullRequestText | Skipped:
    """Return title and body."""
    change, evidence = brief.handover.change, brief.handover.evidence
    if change is None:
        return Skipped("there is no change to write about")
    sections = [_summary(brief)]
    sections.append(_design(brief))
    if evidence is not None:
        sections.append(f"### Evidence\n\n{markdown(evidence)}")
    if brief.handover.patch is not None:
        sections.append(_alternatives(brief.handover.patch))
    if brief.handover.rollout is not None:
        sections.append(f"### Rollout\n\n{brief.handover.rollout.text}")
    sections.append(_origin(brief))
    sections.append(_recheck(brief))
    return PullRequestText(title=change.subject, body="\n\n".join(part for part in sections if part) + "\n")


def _summary(brief: Brief) -> str:
    patch, reproduction = brief.handover.patch, brief.handover.reproduction
    lines = ["### What and why", ""]
    if patch is not None and patch.chosen is not None:
        fix = patch.fix.fixes[patch.chosen]
        paths = ", ".join(_code(path) for path in sorted({change.path for change in fix.changes}))
        lines.append(f"Changes {paths} ({_plain(fix.operator)}).")
        if patch.author:
            lines.append(f"In the words of {_plain(patch.author)}, which are no evidence: {_plain(patch.note)}")
    else:
        lines.append("Adds tests only; the code is unchanged.")
    if reproduction is not None and reproduction.is_reproduced:
        lines.append(f"Before: {_code(reproduction.symptom)}.")
    return "\n".join(lines)


def _design(brief: Brief) -> str:
    decision = brief.handover.code_map.decision if brief.handover.code_map is not None else None
    if decision is None:
        return ""
    lines = ["### Design", "", f"In the words of {_plain(decision.author)}: {_plain(decision.pattern)}", ""]
    lines += [f"- {_code(one.path)}{' (new)' if one.is_new else ''}: {_plain(one.name)}" for one in decision.components]
    lines += [
        f"- {_code(one.symbol)}{' (new)' if one.is_new else ''}: {_plain(one.change)}" for one in decision.interfaces
    ]
    lines += [f"- Not chosen: {_plain(one.what)}: {_plain(one.why_not)}" for one in decision.alternatives]
    lines += [f"- Risk: {_plain(risk)}" for risk in decision.risks]
    if decision.diagram:
        lines += ["", "```mermaid", _fenced(decision.diagram), "```"]
    return "\n".join(lines)


def _origin(brief: Brief) -> str:
    """Return what makes a reader look twice: a request of a stranger, or with something hidden in it."""
    origin, hidden = origin_of_run(brief.task), without_hidden(brief.task.text).remark
    lines = []
    if origin is not Origin.MEMBER:
        lines.append(
            f"**The request comes from: {origin}.** What was made from it, this text included, "
            "deserves a closer look before it is merged."
        )
    if hidden:
        lines.append(f"In the request, {hidden}.")
    return "\n\n".join(["### Origin", *lines]) if lines else ""


def _alternatives(patch: Patch) -> str:
    if patch.author or patch.chosen is None or patch.fix.fixes[patch.chosen].confidence is Confidence.HIGH:
        return ""
    others = [fix for index, fix in enumerate(patch.fix.fixes) if index != patch.chosen][:3]
    lines = ["### A draft: please choose", ""]
    lines += [f"- {_plain(reason)}" for reason in patch.fix.fixes[patch.chosen].reasons]
    if patch.fix.distinguishing_input:
        lines.append(f"- The candidates differ on: {_code(patch.fix.distinguishing_input)}")
    for fix in others:
        lines += ["", f"Also passes ({_plain(fix.operator)}):", "", "```diff", _fenced(fix.diff), "```"]
    return "\n".join(lines)


def _recheck(brief: Brief) -> str:
    return (
        "### Check it yourself\n\n"
        "`evidence.json` of the run holds every outcome and hash; this derives all of it again:\n\n"
        f"```\neaa verify {brief.run_id} --repo .\n```"
    )


def _plain(text: str) -> str:
    return in_prose(text, limit_characters=_TEXT_CHARACTERS)


def _code(text: str) -> str:
    return f"`{in_code(text, limit_characters=_TEXT_CHARACTERS)}`"


def _fenced(text: str) -> str:
    return visible(bound_text(text.strip(), limit_characters=2_000)).replace("```", "'''")
