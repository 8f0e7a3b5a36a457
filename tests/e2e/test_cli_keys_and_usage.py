"""Kept keys and usage as a person meets them."""

import asyncio
import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from eaa.domain.secret import Secret
from tests.loopback.models import KEY, serving_models

FIRST = "sk-first-and-secret"


def _eaa(*arguments: str, home: Path, given: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "eaa", *arguments],
        input=given or "",
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**clean, "EAA_HOME": str(home), **variables},
        timeout=120,
    )


def test_a_key_is_kept_encrypted_listed_by_fingerprint_rotated_and_removed(tmp_path: Path) -> None:
    fingerprint = Secret(FIRST).fingerprint

    added = _eaa("models", "key", "add", "openai", home=tmp_path, given=f"{FIRST}\n")
    master_key = (tmp_path / "master.key").read_bytes()
    rotated = _eaa("secrets", "rotate", "--json", home=tmp_path)
    listed = _eaa("models", "key", "list", "--json", home=tmp_path)
    removed = _eaa("models", "key", "remove", "openai", fingerprint, home=tmp_path)
    again = _eaa("models", "key", "remove", "openai", fingerprint, home=tmp_path)

    for ended in (added, rotated, listed, removed):
        assert ended.returncode == 0, ended.stderr
    assert again.returncode == 2
    said = json.loads(rotated.stdout)
    assert said["resealed"] == 1
    [shown] = json.loads(listed.stdout)["keys"]
    assert (shown["provider"], shown["fingerprint"]) == ("openai", fingerprint)
    assert shown["master_key"] == said["master_key"]
    assert (tmp_path / "master.key").read_bytes() != master_key
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert FIRST.encode() not in everything
    assert FIRST not in "".join(one.stdout + one.stderr for one in (added, rotated, listed, removed, again))


def test_a_key_typed_at_the_prompt_is_not_shown(tmp_path: Path) -> None:
    screen, keyboard = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "eaa", "models", "key", "add", "openai"],
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        cwd=tmp_path,
        env={**os.environ, "EAA_HOME": str(tmp_path)},
        start_new_session=True,
    )
    seen = b""
    while b"Key of openai" not in seen:
        seen += os.read(screen, 1024)
    os.write(screen, f"{FIRST}\n".encode())
    while b"kept key" not in seen:
        seen += os.read(screen, 1024)
    assert process.wait(timeout=60) == 0
    os.close(keyboard)
    os.close(screen)

    assert FIRST.encode() not in seen


def test_what_cannot_be_a_key_is_refused_without_repeating_it(tmp_path: Path) -> None:
    ended = _eaa("models", "key", "add", "openai", home=tmp_path, given="two words-secret\n")
    unknown = _eaa("models", "key", "add", "nobody", home=tmp_path, given=FIRST)

    assert ended.returncode == unknown.returncode == 2
    assert "two words-secret" not in ended.stdout + ended.stderr
    assert "Providers are: anthropic" in unknown.stderr


def test_a_lost_master_key_is_said_and_nothing_is_lost_by_rotating(tmp_path: Path) -> None:
    _eaa("models", "key", "add", "openai", home=tmp_path, given=FIRST)
    (tmp_path / "master.key").rename(tmp_path / "elsewhere")

    lost = _eaa("secrets", "rotate", home=tmp_path)
    with closing(sqlite3.connect(tmp_path / "eaa.sqlite")) as database:
        rows = database.execute("SELECT count(*) FROM model_keys").fetchone()

    assert lost.returncode == 1
    assert "does not hold the master key" in lost.stderr
    assert rows == (1,)


async def test_a_kept_key_is_used_and_the_call_is_counted(tmp_path: Path) -> None:
    async with serving_models() as server:
        variables = {"EAA_MODEL": "openai/loop-1", "OPENAI_BASE_URL": f"{server.address}/v1"}
        await asyncio.to_thread(_eaa, "models", "key", "add", "openai", home=tmp_path, given=KEY)
        tested = await asyncio.to_thread(lambda: _eaa("models", "test", home=tmp_path, **variables))

    assert tested.returncode == 0, tested.stdout + tested.stderr
    used = _eaa("usage", "--json", home=tmp_path)
    words = _eaa("usage", "--by", "day", "--days", "2", home=tmp_path)
    pruned = _eaa("usage", "--prune-older-than", "0", "--json", home=tmp_path)
    after = _eaa("usage", home=tmp_path)

    assert used.returncode == 0, used.stderr
    said = json.loads(used.stdout)
    assert [line["key"] for line in said["lines"]] == ["openai/loop-1"]
    assert said["total"]["calls"] == 1
    assert said["total"]["unpriced_tokens"] > 0
    assert "1 calls" in words.stdout
    assert json.loads(pruned.stdout) == {"removed": 1}
    assert "no call to a model in the last 30 days" in after.stdout
