"""Two databases, one installation."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import new_database

pytestmark = pytest.mark.postgres


@pytest.fixture
def environment(postgres_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    outer = {name: value for name, value in os.environ.items() if not name.startswith("EAA_")}
    with new_database(postgres_url) as main, new_database(postgres_url) as acme:
        shards = {"acme": {"database_url": acme, "organisations": ["org_acme"]}}
        yield outer | {
            "EAA_HOME": str(tmp_path / "home"),
            "EAA_DATABASE_URL": main,
            "EAA_SHARDS": json.dumps(shards),
        }


def eaa(environment: dict[str, str], *words: str) -> Any:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("eaa")), *words, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_each_shard_has_its_own_work_and_its_own_database(environment: dict[str, str], tmp_path: Path) -> None:
    repository = tmp_path / "project"
    repository.mkdir()
    for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "begin")):
        subprocess.run(
            ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words), cwd=repository, check=True
        )
    on_acme = environment | {"EAA_SHARD": "acme"}

    told = eaa(environment, "db", "shards")
    eaa(on_acme, "task", "create", "add() adds wrongly", "--repo", str(repository))

    assert told["shards"] == ["main", "acme"]
    assert [(row["organisation"], row["shard"]) for row in told["organisations"]] == [
        ("org_acme", "acme"),
        ("org_default", "main"),
    ]
    assert len(eaa(on_acme, "task", "list")["tasks"]) == 1
    assert eaa(environment, "task", "list")["tasks"] == []
    assert eaa(environment, "audit", "list", "--organisation", "org_acme") == {"entries": []}
