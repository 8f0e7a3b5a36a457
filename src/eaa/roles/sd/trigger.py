"""When there is something to repair."""

from eaa.domain.brief import Brief
from eaa.domain.kind import Kind


def trigger(brief: Brief) -> str | None:
    """Return why there is nothing to implement, or None when there is."""
    requirement = brief.handover.requirement
    if requirement is not None and requirement.kind is Kind.TESTS:
        return "the task asks for tests, not for a change of the code"
    if brief.has_model and requirement is not None and requirement.kind is Kind.REFACTOR:
        return None
    tests = brief.handover.tests
    if tests is None or not tests.red:
        return "no test is red for the right reason, so nothing says what to change"
    return None
