"""When there is something to reproduce, to integrate or to write about."""

from eaa.domain.brief import Brief, Stage
from eaa.domain.kind import Kind

_NOTHING_FAILS = frozenset({Kind.REFACTOR, Kind.TESTS})


def trigger(brief: Brief) -> str | None:
    """Return why this stage has nothing to do, or None when it has."""
    match brief.stage:
        case Stage.REPRODUCTION:
            return _no_reproduction(brief)
        case Stage.INTEGRATION:
            return _no_integration(brief)
        case Stage.PULL_REQUEST:
            return None if brief.handover.change is not None else "there is no change to write about"
        case _:
            return f"RD has no part in the stage {brief.stage}"


def _no_reproduction(brief: Brief) -> str | None:
    requirement = brief.handover.requirement
    if requirement is not None and requirement.kind in _NOTHING_FAILS:
        return f"a task of kind {requirement.kind} has no failure to reproduce"
    return None if brief.handover.tests is not None else "QA has not looked for tests yet"


def _no_integration(brief: Brief) -> str | None:
    patch, tests = brief.handover.patch, brief.handover.tests
    has_patch = patch is not None and patch.commit is not None
    has_tests = tests is not None and tests.commit != brief.base
    return None if has_patch or has_tests else "neither tests nor a change were made"
