"""When there is a request to read."""

from eaa.domain.brief import Brief


def trigger(brief: Brief) -> str | None:
    """Return why there is nothing to read, or None when there is."""
    return "the requirement was written before" if brief.handover.requirement is not None else None
