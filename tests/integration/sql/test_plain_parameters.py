"""What one database takes and the other does not is refused by both, in the same words."""

import pytest

from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import EventId, TaskId
from tests.makers import make_task


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_text_that_cannot_be_kept_is_refused_and_the_store_goes_on(url: str, text: str) -> None:
    await upgrade(url)
    async with open_store(url) as store:
        with pytest.raises(InvalidRequest, match="what was given holds"):
            async with store.begin() as session:
                await session.tasks.add(make_task(task_id="tsk_before"))
                await session.tasks.add(make_task(text=text))
        with pytest.raises(InvalidRequest):
            async with store.begin() as session:
                await session.tasks.get(TaskId(text))
        with pytest.raises(InvalidRequest):
            async with store.begin() as session:
                await session.events.has(EventId(text))

        async with store.begin() as session:
            await session.tasks.add(make_task(task_id="tsk_before"))
            assert (await session.tasks.get(TaskId("tsk_before"))).text == make_task().text
