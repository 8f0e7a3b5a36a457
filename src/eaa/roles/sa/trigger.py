"""When there is a code map to draw."""

from eaa.domain.brief import Brief


def trigger(brief: Brief) -> str | None:
    """Return why there is nothing to map, or None when there is."""
    if not brief.project.source_paths:
        return "the project has no source files to map"
    return None
