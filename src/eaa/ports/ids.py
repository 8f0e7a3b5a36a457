"""New names for things."""

from typing import Protocol


class Ids(Protocol):
    """Makes ids."""

    def new(self, prefix: str) -> str:
        """Return `<prefix>_<ULID>`, never twice the same; later ids of one process sort after earlier ones."""
        ...
