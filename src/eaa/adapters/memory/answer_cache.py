"""Kept answers in memory, the longest unused ones dropped first."""

from collections import OrderedDict

from typing_extensions import override

from eaa.domain.ids import OrganisationId
from eaa.ports.answer_cache import AnswerCache, CachedAnswer, Selection

MOST_ANSWERS = 4096


class MemoryAnswerCache(AnswerCache):
    """Forgets everything when the process ends."""

    def __init__(self, *, most_answers: int = MOST_ANSWERS) -> None:
        self._answers: OrderedDict[tuple[OrganisationId, str], CachedAnswer] = OrderedDict()
        self._most_answers = most_answers

    @override
    async def get(self, organisation_id: OrganisationId, key: str) -> CachedAnswer | None:
        answer = self._answers.get((organisation_id, key))
        if answer is not None:
            self._answers.move_to_end((organisation_id, key))
        return answer

    @override
    async def put(self, answer: CachedAnswer) -> None:
        self._answers[answer.organisation_id, answer.key] = answer
        while len(self._answers) > self._most_answers:
            self._answers.popitem(last=False)

    @override
    async def forget(self, selection: Selection) -> int:
        gone = [name for name, answer in self._answers.items() if selection.matches(answer)]
        for name in gone:
            del self._answers[name]
        return len(gone)
