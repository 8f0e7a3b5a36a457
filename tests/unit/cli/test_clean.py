"""What `eaa clean` removes, and what it never touches."""

import json
import os
from pathlib import Path

import pytest

from eaa.adapters.files.slots import FileSlots
from eaa.adapters.sql.engine import sqlite_address
from eaa.adapters.sql.migrate import upgrade
from eaa.adapters.sql.store import open_store
from eaa.cli.clean import clean_home
from eaa.cli.options import CleanOptions
from eaa.domain.run import RunState
from tests.makers import make_run, make_task


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with leftovers of every kind."""
    home = tmp_path / "home"
    for folder in ("workspaces/ws-old/src", "workspaces/ws-new/src", "environments/e1", "repositories/r1"):
        (home / folder).mkdir(parents=True)
        (home / folder / "file").write_bytes(b"x" * 10)
    os.utime(home / "workspaces/ws-old", (1_000_000, 1_000_000))
    (home / "eaa.toml").write_text("")
    monkeypatch.setenv("EAA_HOME", str(home))
    monkeypatch.delenv("EAA_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return home


def _there(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.glob("*/*")}


async def test_workspaces_left_behind_go_and_what_is_costly_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await clean_home(CleanOptions(is_json=True))

    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert _there(home) == {"workspaces/ws-new", "environments/e1", "repositories/r1"}
    assert said["freed_bytes"] == 10
    assert {(one["kind"], one["size_bytes"]) for one in said["kept"]} == {
        ("workspaces", 10),
        ("environments", 10),
        ("repositories", 10),
    }


async def test_a_yes_removes_environments_and_mirrors_too(home: Path) -> None:
    os.utime(home / "workspaces/ws-new", (1_000_000, 1_000_000))

    await clean_home(CleanOptions(is_thorough=True, is_json=True))

    assert _there(home) == set()
    assert (home / "eaa.toml").exists()


async def test_even_a_yes_leaves_a_command_what_it_may_be_using(home: Path) -> None:
    await clean_home(CleanOptions(is_thorough=True))

    assert _there(home) == {"workspaces/ws-new", "environments/e1", "repositories/r1"}


@pytest.mark.parametrize(("state", "mirrors"), [(RunState.DONE, 0), (RunState.RUNNING, 1)])
async def test_folders_of_ended_runs_go_and_mirrors_stay_for_those_that_can_go_on(
    home: Path, state: RunState, mirrors: int
) -> None:
    os.utime(home / "workspaces/ws-new", (1_000_000, 1_000_000))
    (home / "runs/run_one").mkdir(parents=True)
    (home / "runs/somebody-elses").mkdir()
    address = sqlite_address(home / "eaa.sqlite")
    await upgrade(address)
    async with open_store(address) as store, store.begin() as session:
        await session.tasks.add(make_task())
        await session.runs.add(make_run(run_id="run_one", state=state))

    await clean_home(CleanOptions(is_thorough=True))

    assert (home / "runs/run_one").exists() is (state is RunState.RUNNING)
    assert (home / "runs/somebody-elses").exists()
    assert len(list((home / "repositories").iterdir())) == mirrors


async def test_nothing_goes_while_a_command_works(home: Path) -> None:
    before = _there(home)

    async with FileSlots(home / "slots").hold("cli-0"):
        await clean_home(CleanOptions(is_thorough=True))

    assert _there(home) - {"slots/cli-0"} == before


async def test_a_link_is_never_followed_out_of_the_home(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "precious").mkdir(parents=True)
    (home / "environments/link").symlink_to(outside)
    (home / "runs").symlink_to(outside)

    await clean_home(CleanOptions(is_thorough=True))

    assert (outside / "precious").exists()


async def test_a_home_that_is_not_there_is_not_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAA_HOME", str(home / "other"))

    assert await clean_home(CleanOptions()) == 0
    assert not (home / "other").exists()


async def test_a_folder_without_permissions_goes_too(home: Path) -> None:
    locked = home / "workspaces/ws-old/src/locked"
    locked.mkdir()
    (locked / "file").write_text("")
    locked.chmod(0)
    os.utime(home / "workspaces/ws-old", (1_000_000, 1_000_000))

    await clean_home(CleanOptions())

    assert not (home / "workspaces/ws-old").exists()
