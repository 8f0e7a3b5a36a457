"""When there is a change to roll out."""

from eaa.domain.brief import Brief


def trigger(brief: Brief) -> str | None:
    """Return why there is nothing to say about rollout, or None when the files must be read first."""
    return None if brief.handover.change is not None else "there is no change to roll out"
