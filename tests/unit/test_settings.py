"""Where settings come from, and which source wins."""

from pathlib import Path

import pytest

from eaa.domain.errors import InvalidRequest
from eaa.settings import LogFormat, load_settings


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home, no variables."""
    for name in ("HOME", "DATABASE_URL", "MODEL", "LOG_FORMAT", "GITHUB_API_URL", "GITHUB_TOKEN"):
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

    answers = [load_settings().model]
    in_home.write_text('model = "in home"')
    answers.append(load_settings().model)
    here.write_text('model = "here"')
    answers.append(load_settings().model)
    monkeypatch.setenv("EAA_MODEL", "environment")
    answers.append(load_settings().model)
    answers.append(load_settings(model="flag").model)

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
        ('database_url = "postgresql://elsewhere.invalid/x"', "may not set database_url"),
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


SHARDS = '{"acme": {"database_url": "postgresql://me:s3cret@127.0.0.1/acme", "organisations": ["org_acme"]}}'


def test_a_process_on_a_shard_has_the_shards_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EAA_SHARDS", SHARDS)
    monkeypatch.setenv("EAA_DATABASE_URL", "postgresql://me@127.0.0.1/main")
    monkeypatch.setenv("EAA_DATABASE_DIRECT_URL", "postgresql://me@127.0.0.1:6/main")
    monkeypatch.setenv("EAA_READ_DATABASE_URLS", "postgresql://me@127.0.0.1/replica")

    main, acme = load_settings(), load_settings(shard="acme")

    assert main.database_url == "postgresql://me@127.0.0.1/main"
    assert acme.database_url == "postgresql://me:s3cret@127.0.0.1/acme"
    assert (acme.database_direct_url, acme.read_database_urls) == (None, None)
    assert "s3cret" not in repr(main) + repr(acme)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SHARD", "elsewhere", "there is no shard elsewhere"),
        ("SHARDS", '{"acme": {"database_url": "sqlite:///x", "organisations": []}}', "shards.acme.database_url"),
        ("SHARDS", '{"Not a name": {"database_url": "postgresql://x", "organisations": []}}', "shards"),
        ("SHARDS", SHARDS.replace("acme", "main"), "shards: main"),
    ],
)
def test_shards_that_cannot_be_are_refused(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"EAA_{variable}", value)

    with pytest.raises(InvalidRequest, match=said) as refusal:
        load_settings()

    assert refusal.value.hint
    assert "s3cret" not in str(refusal.value)


def test_a_repository_may_not_bring_shards_along() -> None:
    Path("eaa.toml").write_text('[shards.acme]\ndatabase_url = "postgresql://x"\norganisations = []')

    with pytest.raises(InvalidRequest, match="may not set shards"):
        load_settings()
