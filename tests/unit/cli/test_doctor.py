"""What one examination says."""

from pathlib import Path

import pytest

from eaa.cli.doctor import examine


async def test_a_home_that_may_not_be_written_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EAA_HOME", str(tmp_path / "file"))

    code = await examine(is_json=False)

    assert code == 1
    said = capsys.readouterr().out
    assert "disk: [bad]" in said
    assert "Set EAA_HOME" in said


async def test_a_log_of_prompts_is_named_when_it_is_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EAA_HOME", str(tmp_path))
    await examine(is_json=False)
    off = capsys.readouterr().out

    monkeypatch.setenv("EAA_LOG_PROMPTS", "1")
    await examine(is_json=False)

    assert "prompt log" not in off
    on = capsys.readouterr().out
    assert "prompt log: [note] every prompt and answer" in on
    assert "Unset EAA_LOG_PROMPTS" in on


async def test_an_unreachable_database_is_bad_and_its_password_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EAA_HOME", str(tmp_path))
    monkeypatch.setenv("EAA_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/eaa")

    code = await examine(is_json=False)

    said = capsys.readouterr().out
    assert code == 1
    assert "database: [bad]" in said
    assert "s3cret" not in said
