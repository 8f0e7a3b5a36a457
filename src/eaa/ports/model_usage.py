"""Rows of usage, and their sums."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from eaa.domain.ids import OrganisationId
from eaa.domain.model_usage import ModelUsage, UsageLine


class UsageKey(StrEnum):
    """What sums are taken over."""

    ROLE = "role"
    MODEL = "model"
    TASK = "task"
    DAY = "day"


class UsageLog(Protocol):
    """Keeps one row a call."""

    async def add(self, rows: tuple[ModelUsage, ...]) -> None:
        """Keep rows; one whose id is there already is left as it is."""
        ...

    async def sums(self, organisation_id: OrganisationId, by: UsageKey, *, since: datetime) -> tuple[UsageLine, ...]:
        """Return a line a key, the dearest first."""
        ...

    async def prune(self, *, before: datetime) -> int:
        """Remove older rows and return how many."""
        ...
