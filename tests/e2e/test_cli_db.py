"""`eaa db` as a process, on both databases."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eaa.adapters.sql.revision import HEAD, REVISIONS
from tests.postgres import new_database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("EAA_")}
    own = outer | {"EAA_HOME": str(tmp_path / "home")}
    if request.param == "sqlite":
        yield own
        return
    with new_database(request.getfixturevalue("postgres_url")) as address:
        yield own | {"EAA_DATABASE_URL": address}


def eaa(environment: dict[str, str], *words: str) -> Any:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("eaa")), "db", *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_database_goes_forward_and_one_step_back_after_a_yes(environment: dict[str, str]) -> None:
    assert eaa(environment, "current") == {"revision": None, "newest": HEAD}
    assert eaa(environment, "upgrade") == {"revision": HEAD, "newest": HEAD}

    warned = eaa(environment, "downgrade")
    assert (warned["from"], warned["to"], warned["is_done"]) == (HEAD, REVISIONS[-2], False)
    assert warned["lost"]
    assert eaa(environment, "current")["revision"] == HEAD

    assert eaa(environment, "downgrade", "--yes")["is_done"] is True
    assert eaa(environment, "current")["revision"] == REVISIONS[-2]
    assert eaa(environment, "upgrade")["revision"] == HEAD
