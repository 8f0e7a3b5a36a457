"""The command line as a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = ("run", "resume", "prove", "verify", "check", "doctor", "clean", "bench repair", "bench sandbox")


def _eaa(*arguments: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "eaa", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**os.environ, "EAA_HOME": str(home), **variables},
        timeout=120,
    )


def test_doctor_names_keys_but_never_shows_them(tmp_path: Path) -> None:
    ended = _eaa("doctor", "--json", home=tmp_path, EAA_GITHUB_TOKEN="s3cret", OPENAI_API_KEY="s3cret")

    examined = {one["name"]: one for one in json.loads(ended.stdout)["examined"]}
    assert ended.returncode == 0, ended.stdout
    assert examined["keys"]["found"] == "EAA_GITHUB_TOKEN, OPENAI_API_KEY"
    assert examined["python"]["tone"] == examined["git"]["tone"] == "good"
    assert "s3cret" not in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_and_version_load_no_engine_and_no_database() -> None:
    program = (
        "import sys\nfrom eaa.cli.main import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'dbos', 'aiohttp', 'alembic', 'msgspec', 'pydantic', 'eaa.engine', 'eaa.adapters'}\n"
        "heavy |= {'asyncio', 'rich', 'json', 'eaa.cli.options'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "doctor" in ended.stdout
    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str, tmp_path: Path) -> None:
    ended = _eaa(*command.split(), "--help", home=tmp_path)

    assert ended.returncode == 0
    assert f"Example: eaa {command}" in ended.stdout


@pytest.mark.parametrize("arguments", [["frob"], ["clean", "--frob"], ["run"]])
def test_a_wrong_command_line_is_two_with_words_or_one_object(arguments: list[str], tmp_path: Path) -> None:
    plain = _eaa(*arguments, home=tmp_path)
    scripted = _eaa(*arguments, "--json", home=tmp_path)

    assert plain.returncode == scripted.returncode == 2
    assert plain.stdout == ""
    assert plain.stderr
    assert json.loads(scripted.stdout)["error"]["code"] == "usage"


def test_a_typo_in_a_settings_file_is_two_and_named(tmp_path: Path) -> None:
    (tmp_path / "eaa.toml").write_text('databse_url = "x"')

    ended = _eaa("doctor", home=tmp_path)

    assert ended.returncode == 2
    assert "databse_url" in ended.stderr
