"""Kept replies in a dictionary."""

from datetime import datetime

from typing_extensions import override

from eaa.domain.ids import OrganisationId
from eaa.domain.kept_reply import KeptReply
from eaa.ports.kept_replies import KeptReplies


class MemoryKeptReplies(KeptReplies):
    """The kept replies of one transaction."""

    def __init__(self, answers: dict[tuple[OrganisationId, str], KeptReply]) -> None:
        self._answers = answers

    @override
    async def find(self, organisation_id: OrganisationId, key: str) -> KeptReply | None:
        return self._answers.get((organisation_id, key))

    @override
    async def claim(self, answer: KeptReply) -> KeptReply | None:
        there = await self.find(answer.organisation_id, answer.key)
        if there is None:
            self._answers[answer.organisation_id, answer.key] = answer
        return there

    @override
    async def keep(self, answer: KeptReply) -> None:
        self._answers[answer.organisation_id, answer.key] = answer

    @override
    async def replace(self, seen: KeptReply, by: KeptReply) -> bool:
        if self._answers.get((seen.organisation_id, seen.key)) != seen:
            return False
        self._answers[by.organisation_id, by.key] = by
        return True

    @override
    async def remove(self, seen: KeptReply) -> bool:
        if self._answers.get((seen.organisation_id, seen.key)) != seen:
            return False
        del self._answers[seen.organisation_id, seen.key]
        return True

    @override
    async def forget(self, organisation_id: OrganisationId, *, before: datetime) -> int:
        old = [
            place
            for place, answer in self._answers.items()
            if answer.organisation_id == organisation_id and answer.created_at < before
        ]
        for place in old:
            del self._answers[place]
        return len(old)
