"""When a change is more than code: reasons for a design decision."""

import re
from collections.abc import Sequence

from eaa.domain.kind import Kind

_SCHEMA = re.compile(r"\b(schema|migration|database column|table column|alembic|foreign key)\b", re.IGNORECASE)
_DEPENDENCY = re.compile(
    r"\b(new dependency|add (?:the |a )?dependency|depend on|replace \S+ (?:by|with) \S+ library)\b", re.IGNORECASE
)


def decision_needed(
    text: str, components: Sequence[str], paths: Sequence[str], *, kind: Kind | None, used_elsewhere: Sequence[str] = ()
) -> str:
    """Return why a person or a model should decide on a design first, or an empty text.

    Args:
        text: The request.
        components: Top-level parts that it is about.
        paths: Files that it is about, most relevant first.
        kind: Of the request. A bug puts right what an interface promises; it does not change it.
        used_elsewhere: Public names in the request that other parts of the project use.
    """
    reasons = []
    if len(components) > 1:
        reasons.append(f"{len(components)} components are concerned ({', '.join(components[:4])})")
    if used_elsewhere and kind in (Kind.FEATURE, Kind.REFACTOR):
        reasons.append(f"others use the public interface that is concerned ({', '.join(used_elsewhere[:3])})")
    if _SCHEMA.search(text) or any("migrations" in path.split("/") for path in paths):
        reasons.append("a schema is concerned")
    if _DEPENDENCY.search(text):
        reasons.append("a dependency would change")
    return "; ".join(reasons)
