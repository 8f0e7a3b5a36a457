"""An empty database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from eaa.adapters.sql.engine import sqlite_address
from tests.postgres import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_address(tmp_path / "eaa.sqlite")
        return
    with new_database(request.getfixturevalue("postgres_url")) as address:
        yield address


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as address:
        yield address
