"""Answers that were given before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from eaa.domain.completion import Completion
from eaa.domain.ids import OrganisationId


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An answer and what it belongs to."""

    organisation_id: OrganisationId
    key: str
    """SHA-256 of the normalised request, model and prompt hash included."""
    model: str
    prompt_sha256: str | None
    tags: frozenset[str]
    completion: Completion
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """Which answers to forget: those that match every field given."""

    organisation_id: OrganisationId
    model: str | None = None
    prompt_sha256: str | None = None
    tag: str | None = None
    before: datetime | None = None

    def matches(self, answer: CachedAnswer) -> bool:
        """Return whether an answer is one of those selected."""
        return (
            answer.organisation_id == self.organisation_id
            and self.model in (None, answer.model)
            and self.prompt_sha256 in (None, answer.prompt_sha256)
            and (self.tag is None or self.tag in answer.tags)
            and (self.before is None or answer.created_at < self.before)
        )


class AnswerCache(Protocol):
    """Keeps answers by key, never across organisations. A cache that is out of order answers None and keeps nothing."""

    async def get(self, organisation_id: OrganisationId, key: str) -> CachedAnswer | None:
        """Return the answer, or None."""
        ...

    async def put(self, answer: CachedAnswer) -> None:
        """Keep an answer in place of an older one under its key."""
        ...

    async def forget(self, selection: Selection) -> int:
        """Remove answers and return how many."""
        ...
