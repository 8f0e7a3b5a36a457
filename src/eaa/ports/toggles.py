"""Switches, as those who obey them see them."""

from typing import Protocol

from eaa.domain.toggle import Toggle


class Toggles(Protocol):
    """Says what is switched on. Costs nothing to ask, and never fails: what cannot be known is as it was last."""

    def is_on(self, toggle: Toggle) -> bool:
        """Return whether it is on."""
        ...
