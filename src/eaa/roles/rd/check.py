"""Whether what RD left agrees with what was made before."""

from eaa.domain.artefact import Artefact, Change, PullRequestText, Reproduction, Skipped
from eaa.domain.brief import Brief, Stage
from eaa.domain.errors import ArtefactInvalid
from eaa.engine.evidence.words import markdown
from eaa.roles.rd.integration import SUBJECT_CHARACTERS


def check(brief: Brief, artefact: Artefact) -> None:
    """Check a reproduction, a change or the pull request's words.

    Raises:
        ArtefactInvalid: It contradicts the tests, the commits or the evidence of the brief.
    """
    match brief.stage, artefact:
        case _, Skipped():
            because = ""
        case Stage.REPRODUCTION, Reproduction():
            because = _reproduction(brief, artefact)
        case Stage.INTEGRATION, Change():
            because = _change(brief, artefact)
        case Stage.PULL_REQUEST, PullRequestText():
            because = _words(brief, artefact)
        case _:
            because = f"it is a {type(artefact).__name__}"
    if because:
        raise ArtefactInvalid(artefact=str(brief.stage), because=because)


def _reproduction(brief: Brief, reproduction: Reproduction) -> str:
    tests = brief.handover.tests
    red = frozenset(tests.red) if tests else frozenset()
    strangers = [test for test in reproduction.tests if test not in red]
    if strangers:
        return f"{strangers[0]} is not one of the red tests"
    if reproduction.is_reproduced != bool(reproduction.tests):
        return "a reproduction names its tests, and only a reproduction does"
    return "" if reproduction.tried else "it does not say what was tried"


def _change(brief: Brief, change: Change) -> str:
    if not change.commits or change.commits[-1] != change.head or change.head == brief.base:
        return "its head is not the last of its commits"
    if len(change.subject) > SUBJECT_CHARACTERS:
        return f"its subject has more than {SUBJECT_CHARACTERS} characters"
    return "" if change.branch.startswith("eaa/") else f"branch {change.branch} is not one of ours"


def _words(brief: Brief, words: PullRequestText) -> str:
    evidence = brief.handover.evidence
    if evidence is None:
        return ""
    return "" if markdown(evidence) in words.body else "it does not hold the evidence in the evidence's own words"
