"""The stages of a change: what each hands on, which event it amounts to, and how it is told in one line."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from eaa.domain.artefact import (
    Artefact,
    BugReport,
    Change,
    CodeMap,
    Patch,
    PullRequestText,
    Reproduction,
    Requirement,
    RolloutNote,
    Skipped,
    WrittenTests,
)
from eaa.domain.brief import Stage
from eaa.domain.fix import Confidence
from eaa.domain.origin import Origin

StageKind = TypeVar(
    "StageKind",
    Requirement,
    CodeMap,
    WrittenTests,
    Reproduction,
    Patch,
    BugReport,
    Change,
    PullRequestText,
    RolloutNote,
)

STAGE_EVENTS: Mapping[Stage, str] = {
    Stage.REQUIREMENT: "requirement.written",
    Stage.CODE_MAP: "decision.written",
    Stage.TESTS: "tests.written",
    Stage.REPRODUCTION: "bug.reproduced",
    Stage.PATCH: "patch.proposed",
    Stage.INTEGRATION: "change.integrated",
    Stage.ROLLOUT: "rollout.written",
}


class Staged(msgspec.Struct, frozen=True):
    """What a stage's step records: the artefact, or why the role had nothing to do."""

    artefact: object = None
    """As plain JSON values: embedded as text it could not hold names that are no UTF-8."""
    skipped: str | None = None
    sentence: str = ""
    origin: Origin = Origin.MACHINE
    """The least trusted origin of what the artefact was made from."""


def sentence_of(artefact: Artefact) -> str:
    """Return one line that says what an artefact amounts to."""
    match artefact:
        case Requirement():
            if artefact.questions:
                return f"{artefact.kind}; {_count(artefact.questions, 'question')} for a person"
            return f"{artefact.kind} ({artefact.kind_because}); {_count(artefact.criteria, 'criterion', 'criteria')}"
        case CodeMap():
            if not artefact.ranked_paths:
                return "the request points to no file of the project"
            decided = f"; decided: {artefact.decision.pattern}" if artefact.decision is not None else ""
            return f"{_count(artefact.ranked_paths, 'file')} ranked, first {artefact.ranked_paths[0][0]}{decided}"
        case WrittenTests():
            written = f"{_count(artefact.paths, 'file')} written; " if artefact.paths else ""
            told = f"{written}{len(artefact.red)} red for the right reason, {len(artefact.green)} green"
            return told + (f", {len(artefact.wrong_reason)} red for another reason" if artefact.wrong_reason else "")
        case Reproduction():
            return f"reproduced: {artefact.symptom}" if artefact.is_reproduced else "not reproduced"
        case Patch():
            return _patch_sentence(artefact)
        case BugReport():
            return f"round {artefact.round}: {artefact.text.splitlines()[0] if artefact.text else 'failed'}"
        case Change():
            return f"{_count(artefact.commits, 'commit')}: {artefact.subject}"
        case PullRequestText():
            return artefact.title
        case RolloutNote():
            return artefact.text.splitlines()[0] if artefact.text else "nothing to do"
        case Skipped():
            return f"skipped: {artefact.reason}"


def _patch_sentence(patch: Patch) -> str:
    if patch.commit is None or patch.chosen is None:
        return patch.note or "no change was found"
    fix = patch.fix.fixes[patch.chosen]
    others = len(patch.fix.fixes) - 1
    alike = ", which behave alike" if fix.confidence is Confidence.HIGH else ""
    also = f"; also passing: {others} other{'s' if others > 1 else ''}{alike}" if others else ""
    paths = ", ".join(sorted({change.path for change in fix.changes}))
    return f"{fix.operator} in {paths}, confidence {fix.confidence}{also}"


def _count(things: tuple[object, ...], one: str, many: str = "") -> str:
    return f"{len(things)} {one if len(things) == 1 else many or one + 's'}"
