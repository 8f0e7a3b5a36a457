"""Where settings come from, and which source wins."""

from pathlib import Path

import pytest

from eaa.domain.errors import InvalidRequest
from eaa.settings import LogFormat, load_settings


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home, no variables."""
    for name in ("HOME", "DATABASE_URL", "LOG_FORMAT", "GITHUB_API_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(f"EAA_{name}", raising=False)
    (tmp_path / "here").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_flag_wins_over_the_environment_and_that_over_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EAA_HOME", str(tmp_path / "home"))
    in_home, here = tmp_path / "home/eaa.toml", tmp_path / "here/eaa.toml"

    answers = [load_settings().database_url]
    in_home.write_text('database_url = "in home"')
    answers.append(load_settings().database_url)
    here.write_text('database_url = "here"')
    answers.append(load_settings().database_url)
    monkeypatch.setenv("EAA_DATABASE_URL", "environment")
    answers.append(load_settings().database_url)
    answers.append(load_settings(database_url="flag").database_url)

    assert answers == [None, "in home", "here", "environment", "flag"]


def test_a_flag_that_was_not_given_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAA_LOG_FORMAT", "json")

    assert load_settings(log_format=None).log_format is LogFormat.JSON


def test_the_home_is_absolute_and_expanded(tmp_path: Path) -> None:
    assert load_settings().home == tmp_path / ".eaa"
    assert load_settings(home="inner").home == tmp_path / "here/inner"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('databse_url = "x"', "databse_url: no setting is called that"),
        ("home = ", "is not TOML"),
        ('log_format = "loud"', "log_format"),
        ('github_api_url = "https://elsewhere.invalid"', "says where the GitHub token is sent"),
        ('orchestrator_url = "https://elsewhere.invalid"', "says where prompts are sent"),
        ('redis_url = "redis://elsewhere.invalid"', "may not set redis_url"),
        ('home = "inner"', "may not set home"),
        ("log_prompts = true", "may not set log_prompts"),
        ('master_key_file = "/dev/null"', "may not set master_key_file"),
        ("day_budget_usd = -1", "day_budget_usd"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    Path("eaa.toml").write_text(text)

    with pytest.raises(InvalidRequest, match=said) as refusal:
        load_settings()

    assert refusal.value.hint


def test_no_secret_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAA_GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("EAA_DATABASE_URL", "postgresql://me:s3cret@localhost/eaa")

    assert "s3cret" not in repr(load_settings())
