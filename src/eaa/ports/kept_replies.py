"""Answers to requests with an idempotency key, inside a transaction of the store."""

from datetime import datetime
from typing import Protocol

from eaa.domain.ids import OrganisationId
from eaa.domain.kept_reply import KeptReply


class KeptReplies(Protocol):
    """Keeps answers in the transaction that does what was asked for."""

    async def find(self, organisation_id: OrganisationId, key: str) -> KeptReply | None:
        """Return the answer under a key, None when there is none."""
        ...

    async def claim(self, answer: KeptReply) -> KeptReply | None:
        """Take a key for this transaction; return the answer that another one has kept under it, if there is one.

        A transaction that has the key now is waited for. What is claimed counts from the commit on.
        """
        ...

    async def keep(self, answer: KeptReply) -> None:
        """Replace status and body of a key that this transaction has claimed."""
        ...

    async def replace(self, seen: KeptReply, by: KeptReply) -> bool:
        """Put another answer in the place of one; False, and nothing changed, when that is not as it was seen."""
        ...

    async def remove(self, seen: KeptReply) -> bool:
        """Take an answer out; False, and nothing changed, when it is not as it was seen."""
        ...

    async def forget(self, organisation_id: OrganisationId, *, before: datetime) -> int:
        """Remove answers that are older, and return how many."""
        ...
