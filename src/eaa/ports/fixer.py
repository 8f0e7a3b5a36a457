"""Who repairs code: the search engine today, a model tomorrow."""

from typing import Protocol

from eaa.domain.fix import FixRequest, FixResult


class Fixer(Protocol):
    """Turns failing tests green."""

    @property
    def name(self) -> str:
        """What did it, for the record: `search` or a model's name."""
        ...

    async def fix(self, request: FixRequest) -> FixResult:
        """Search inside the request's budget and return what passed. The workspace is left as it was.

        Finding nothing is a result with a note, not an error.

        Raises:
            SandboxUnavailable: Nothing could be run.
        """
        ...
