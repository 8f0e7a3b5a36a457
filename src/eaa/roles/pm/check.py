"""Whether a requirement says only what the request says."""

from eaa.domain.artefact import Artefact, Requirement, Skipped
from eaa.domain.brief import Brief
from eaa.domain.criterion import Criterion
from eaa.domain.errors import ArtefactInvalid
from eaa.roles.pm.analysis import TITLE_CHARACTERS
from eaa.roles.pm.text import clean_text


def check(brief: Brief, artefact: Artefact) -> None:
    """Check a requirement.

    Raises:
        ArtefactInvalid: A criterion's source is not in the request, a test is unknown, an example says two things, or
            neither criteria nor questions are left.
    """
    if isinstance(artefact, Skipped):
        return
    if not isinstance(artefact, Requirement):
        raise ArtefactInvalid(artefact="requirement", because=f"it is a {type(artefact).__name__}")
    because = _shape(artefact) or _facts(brief, artefact)
    if because:
        raise ArtefactInvalid(artefact="requirement", because=because)


def _shape(requirement: Requirement) -> str:
    if not 0 < len(requirement.title) <= TITLE_CHARACTERS or "\n" in requirement.title:
        return "its title is empty, too long or has several lines"
    ids = [criterion.id for criterion in requirement.criteria]
    if ids != [f"c{number}" for number in range(1, len(ids) + 1)]:
        return "its criteria are not numbered c1, c2, …"
    for criterion in requirement.criteria:
        for example in criterion.examples:
            if example.expected is not None and example.raises is not None:
                return f"an example of {criterion.id} expects a value and an exception"
    return ""


def _facts(brief: Brief, requirement: Requirement) -> str:
    if brief.task.kind is not None and requirement.kind is not brief.task.kind:
        return f"its kind is {requirement.kind}, a person said {brief.task.kind}"
    text = clean_text(brief.task.text)
    return next((because for criterion in requirement.criteria if (because := _criterion(brief, criterion, text))), "")


def _criterion(brief: Brief, criterion: Criterion, text: str) -> str:
    if not criterion.source.strip() or criterion.source not in text:
        return f"the source of {criterion.id} is not in the request word for word"
    if criterion.origin is not brief.task.origin:
        return f"{criterion.id} does not carry the origin of the request"
    baseline = brief.baseline
    known = {*baseline.passing, *baseline.skipped, *(result.test for result in baseline.failing)}
    known.update(test for test, _ in baseline.flaky)
    unknown = [test for test in criterion.tests if test not in known]
    return f"{criterion.id} names {unknown[0]}, which the project does not have" if unknown and known else ""
