"""The audit log's table, which the database itself keeps as it is."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eaa.adapters.sql.audit import SqlAudit
from eaa.adapters.sql.engine import open_engine
from eaa.adapters.sql.migrate import upgrade
from tests.contract.test_audit import make_entry


@pytest.mark.parametrize("change", ["UPDATE audit SET why = 'nothing'", "DELETE FROM audit"])
async def test_no_entry_is_changed_or_taken_out_whoever_asks(url: str, change: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    audit = SqlAudit(engine, name="test")
    await audit.add(make_entry())

    with pytest.raises(DBAPIError, match="append only"):
        async with engine.begin() as connection:
            await connection.execute(text(change))

    assert await audit.newest(make_entry().organisation_id, limit=9) == (make_entry(),)
    await engine.dispose()
