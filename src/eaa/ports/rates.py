"""Requests and tokens a minute that several processes use together."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key may use in a minute; None: as much as it likes."""

    requests_per_minute: int | None
    tokens_per_minute: int | None

    @property
    def are_any(self) -> bool:
        """Whether there is a limit."""
        return self.requests_per_minute is not None or self.tokens_per_minute is not None


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a wish, and what is left after it. None where there is no limit."""

    is_taken: bool
    """False: nothing was taken, since one of the limits has no room."""
    requests_left: float | None
    tokens_left: float | None
    """Below zero after more was used than was taken."""


class Rates(Protocol):
    """Keeps limits as providers do: full after a minute without calls, refilled evenly, emptied at once if need be.

    A limit that nobody can look up is no reason not to call, so no method raises when a server is gone.
    """

    async def take(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> Taken | None:
        """Take one request and so many tokens, both or neither; None: nobody knows, each process is on its own.

        A call with more tokens than a minute has takes the whole minute.

        Args:
            key: Names a provider's key without showing it.
            limits: As they are configured here.
            tokens: Of prompt and longest answer.
            now_s: Unix time. Of processes whose clocks differ, the one ahead counts.
        """
        ...

    async def settle(self, key: str, limits: Limits, *, tokens: int, now_s: float) -> None:
        """Take what a call used beyond what it took, or, for a negative number, give back what it did not use."""
        ...
