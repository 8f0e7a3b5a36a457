"""Kept answers in Redis, dropped after a day."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from redis.asyncio import Redis
from typing_extensions import override

from eaa.adapters.redis.connection import GONE
from eaa.domain.completion_record import completion_of_record, record_of_completion
from eaa.domain.ids import OrganisationId
from eaa.ports.answer_cache import AnswerCache, CachedAnswer, Selection

KEPT_S = 24 * 60 * 60
_AT_ONCE = 500


class RedisAnswerCache(AnswerCache):
    """Keeps each answer under a key of its own. Forgetting looks at every answer of the organisation."""

    def __init__(self, redis: Redis, *, prefix: str = "eaa:") -> None:
        self._redis = redis
        self._prefix = prefix

    @override
    async def get(self, organisation_id: OrganisationId, key: str) -> CachedAnswer | None:
        try:
            record = await self._redis.get(self._name(organisation_id, key))
        except GONE:
            return None
        answer = None if record is None else _answer_of(record)
        return answer if answer is not None and answer.organisation_id == organisation_id else None

    @override
    async def put(self, answer: CachedAnswer) -> None:
        try:
            await self._redis.set(self._name(answer.organisation_id, answer.key), _record_of(answer), ex=KEPT_S)
        except GONE:
            return

    @override
    async def forget(self, selection: Selection) -> int:
        count = 0
        try:
            found: list[bytes] = []
            async for name in self._redis.scan_iter(self._name(selection.organisation_id, "*"), count=_AT_ONCE):
                found.append(name)
                if len(found) == _AT_ONCE:
                    count += await self._forget_among(found, selection)
                    found = []
            return count + await self._forget_among(found, selection)
        except GONE:
            return count

    async def _forget_among(self, names: list[bytes], selection: Selection) -> int:
        if not names:
            return 0
        records = await self._redis.mget(names)
        # What cannot be read belongs to no selection, and is of no use to anybody.
        answers = {name: _answer_of(record) for name, record in zip(names, records, strict=True) if record is not None}
        gone = [name for name, answer in answers.items() if answer is None or selection.matches(answer)]
        return int(await self._redis.delete(*gone)) if gone else 0

    def _name(self, organisation_id: OrganisationId, key: str) -> str:
        # Quoted, so that neither a colon nor a star in an id reaches into another organisation.
        return f"{self._prefix}answer:{quote(organisation_id, safe='')}:{key}"


def _record_of(answer: CachedAnswer) -> bytes:
    head: dict[str, Any] = {
        "organisation_id": answer.organisation_id,
        "key": answer.key,
        "model": answer.model,
        "prompt_sha256": answer.prompt_sha256,
        "tags": sorted(answer.tags),
        "created_at": answer.created_at.isoformat(),
    }
    return json.dumps(head).encode() + b"\n" + record_of_completion(answer.completion)


def _answer_of(record: bytes | str) -> CachedAnswer | None:
    """Return the answer of a record; None when another version wrote it in its own way."""
    content = record.encode() if isinstance(record, str) else record
    head, _, completion = content.partition(b"\n")
    try:
        fields = json.loads(head)
        return CachedAnswer(
            organisation_id=OrganisationId(fields["organisation_id"]),
            key=fields["key"],
            model=fields["model"],
            prompt_sha256=fields["prompt_sha256"],
            tags=frozenset(fields["tags"]),
            completion=completion_of_record(completion),
            created_at=datetime.fromisoformat(fields["created_at"]),
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
