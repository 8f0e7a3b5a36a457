"""Copy-on-write mounts: a command may write, nothing outside changes, and the next command sees a clean copy."""

import json
import os
from pathlib import Path

import pytest

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.overlays import overlaid, user_overlays_work
from eaa.adapters.sandbox.ownership import SANDBOX_UID
from eaa.domain.command import MEBIBYTE, Access, Command, Limits, Mount
from tests.attacks.unprivileged import run_unprivileged
from tests.integration.sandbox.copies import PRINTED, content, make_data, write_twice
from tests.support.sandbox import require_bubblewrap

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    require_bubblewrap()


def _require_overlays() -> None:
    if os.geteuid() != 0 and not user_overlays_work():
        pytest.skip("this kernel lets no ordinary user mount overlays")


@pytest.mark.parametrize("owner", [0, SANDBOX_UID])
async def test_writes_succeed_leave_no_trace_and_are_forgotten(tmp_path: Path, owner: int) -> None:
    _require_overlays()
    data = make_data(tmp_path)
    if os.geteuid() == 0:
        for path in (data, *data.rglob("*")):
            os.chown(path, owner, owner)
    before = content(data)

    printed = await write_twice(tmp_path)

    assert printed == [PRINTED, PRINTED]
    assert content(data) == before
    assert {path.stat().st_uid for path in data.rglob("*")} == {owner if os.geteuid() == 0 else os.geteuid()}


def test_an_ordinary_user_gets_the_same() -> None:
    child = run_unprivileged("tests.integration.sandbox.copies")

    assert child.returncode == 0, child.stderr
    said = json.loads(child.stdout)
    assert said["is_untouched"]
    if not said["works"]:
        pytest.skip("this kernel lets no ordinary user mount overlays")
    assert said["printed"] == [PRINTED, PRINTED]


async def test_what_is_written_over_a_mount_is_limited(tmp_path: Path) -> None:
    _require_overlays()
    data, root = make_data(tmp_path), tmp_path / "root"
    root.mkdir()
    limits = Limits(wall_s=60, tmp_bytes=2 * MEBIBYTE)
    mounts = (Mount(data, "/data", Access.COPY_ON_WRITE),)

    result = await BubblewrapSandbox().run(
        Command(("sh", "-c", "head -c 9000000 /dev/zero > /data/big"), mounts=mounts, limits=limits), root=root
    )

    assert "No space left" in result.stderr.text(), result


async def test_a_file_is_mounted_read_only_instead(tmp_path: Path) -> None:
    data, root = make_data(tmp_path), tmp_path / "root"
    root.mkdir()
    mounts = (Mount(data / "site/module", "/module", Access.COPY_ON_WRITE),)

    result = await BubblewrapSandbox().run(Command(("sh", "-c", "echo x > /module"), mounts=mounts), root=root)

    assert not result.is_success
    assert content(data)["site/module"] == "before\n"


def test_without_such_mounts_nothing_stands_before_bubblewrap() -> None:
    assert overlaid([], size_bytes=1).prefix == []
