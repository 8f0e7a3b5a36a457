"""Kept answers in a table."""

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, select
from typing_extensions import override

from eaa.adapters.sql import schema
from eaa.adapters.sql.database import Database
from eaa.adapters.sql.faults import translated
from eaa.adapters.sql.insert import insert_or_replace
from eaa.domain.completion_record import completion_of_record, record_of_completion
from eaa.domain.errors import DatabaseUnreachable, DiskFull
from eaa.domain.ids import OrganisationId
from eaa.ports.answer_cache import AnswerCache, CachedAnswer, Selection

_answers = schema.kept_answers
_tags = schema.kept_answer_tags


class SqlAnswerCache(AnswerCache):
    """Keeps answers in one database, shared by every process that opens it."""

    def __init__(self, engine: Database, *, name: str) -> None:
        self._engine = engine
        self._name = name

    @override
    async def get(self, organisation_id: OrganisationId, key: str) -> CachedAnswer | None:
        ours = select(_answers).where(_answers.c.organisation_id == organisation_id, _answers.c.key == key)
        try:
            with translated(self._name):
                async with self._engine.begin() as connection:
                    row = (await connection.execute(ours)).mappings().first()
        except (DatabaseUnreachable, DiskFull):
            return None
        return None if row is None else _answer_of(row)

    @override
    async def put(self, answer: CachedAnswer) -> None:
        ours = and_(_tags.c.organisation_id == answer.organisation_id, _tags.c.key == answer.key)
        try:
            with translated(self._name):
                async with self._engine.begin() as connection:
                    await insert_or_replace(connection, _answers, _row_of(answer))
                    await connection.execute(delete(_tags).where(ours))
                    for row in _tag_rows(answer):
                        await connection.execute(insert(_tags), row)
        except (DatabaseUnreachable, DiskFull):
            return

    @override
    async def forget(self, selection: Selection) -> int:
        # The answers' tags go with them: their key points to the answers.
        with translated(self._name):
            async with self._engine.begin() as connection:
                removed = await connection.execute(delete(_answers).where(*_conditions(selection)))
                return removed.rowcount


def _conditions(selection: Selection) -> Iterable[ColumnElement[bool]]:
    yield _answers.c.organisation_id == selection.organisation_id
    if selection.model is not None:
        yield _answers.c.model == selection.model
    if selection.prompt_sha256 is not None:
        yield _answers.c.prompt_sha256 == selection.prompt_sha256
    if selection.before is not None:
        yield _answers.c.created_at < selection.before
    if selection.tag is not None:
        tagged = select(_tags.c.key).where(
            _tags.c.organisation_id == selection.organisation_id, _tags.c.tag == selection.tag
        )
        yield _answers.c.key.in_(tagged)


def _row_of(answer: CachedAnswer) -> dict[str, object]:
    return {
        "organisation_id": answer.organisation_id,
        "key": answer.key,
        "model": answer.model,
        "prompt_sha256": answer.prompt_sha256,
        "tags": json.dumps(sorted(answer.tags)),
        "completion": record_of_completion(answer.completion),
        "created_at": answer.created_at,
    }


def _tag_rows(answer: CachedAnswer) -> list[dict[str, object]]:
    return [{"organisation_id": answer.organisation_id, "tag": tag, "key": answer.key} for tag in sorted(answer.tags)]


def _answer_of(row: RowMapping) -> CachedAnswer | None:
    """Return the answer in a row; None when another version wrote it in its own way."""
    try:
        completion = completion_of_record(row["completion"])
    except ValueError:
        return None
    return CachedAnswer(
        organisation_id=OrganisationId(row["organisation_id"]),
        key=row["key"],
        model=row["model"],
        prompt_sha256=row["prompt_sha256"],
        tags=frozenset(json.loads(row["tags"])),
        completion=completion,
        created_at=row["created_at"],
    )
