"""When a change is more than code: reasons for a design decision."""

import re
from collections.abc import Sequence

_SCHEMA = re.compile(r"\b(schema|migration|database column|table column|alembic|foreign key)\b", re.IGNORECASE)
_DEPENDENCY = re.compile(
    r"\b(new dependency|add (?:the |a )?dependency|depend on|replace \S+ (?:by|with) \S+ library)\b", re.IGNORECASE
)


def decision_needed(text: str, components: Sequence[str], paths: Sequence[str]) -> str:
    """Return why a person or a model should decide on a design first, or an empty text."""
    reasons = []
    if len(components) > 1:
        reasons.append(f"{len(components)} components are concerned ({', '.join(components[:4])})")
    if _SCHEMA.search(text) or any("migrations" in path.split("/") for path in paths):
        reasons.append("a schema is concerned")
    if _DEPENDENCY.search(text):
        reasons.append("a dependency would change")
    return "; ".join(reasons)
