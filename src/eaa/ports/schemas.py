"""JSON Schema."""

from typing import Any, Protocol


class Schemas(Protocol):
    """Holds values against schemas, draft 2020-12. References to other documents are never followed."""

    def problems(self, value: Any, schema_json: str) -> tuple[str, ...]:
        """Return what is wrong with a decoded JSON value, the deepest first, at most ten lines; empty when it fits.

        Each line names the place (`$.steps[2].title`) and what was expected there.

        Raises:
            ValueError: The schema itself is not one.
        """
        ...
