"""The code host that the settings name."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from eaa.domain.errors import InvalidRequest
from eaa.settings import Settings
from eaa.wiring.code_hosts import git_token_of, site_of


def settings(home: Path, *, api_url: str, token: str | None = None) -> Settings:
    """Make settings for a GitHub."""
    return Settings(home=home, github_api_url=api_url, github_token=SecretStr(token) if token else None)


@pytest.mark.parametrize(
    ("api_url", "web_url"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://git.example.org/api/v3/", "https://git.example.org"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
    ],
)
def test_git_and_people_go_to_the_host_of_the_api(tmp_path: Path, api_url: str, web_url: str) -> None:
    known = settings(tmp_path, api_url=api_url, token="s3cret")

    login = git_token_of(known)

    assert site_of(known).web_url == web_url
    assert login is not None
    assert (login.address, login.token) == (web_url, "s3cret")


@pytest.mark.parametrize(
    "api_url", ["http://api.github.com", "api.github.com", "https://", "ftp://github.com", "https://ann:pw@host/api/v3"]
)
def test_a_token_never_travels_in_the_clear(tmp_path: Path, api_url: str) -> None:
    with pytest.raises(InvalidRequest, match="EAA_GITHUB_API_URL") as caught:
        site_of(settings(tmp_path, api_url=api_url, token="s3cret"))

    assert "pw" not in str(caught.value)


def test_without_a_token_git_has_no_login(tmp_path: Path) -> None:
    assert git_token_of(settings(tmp_path, api_url="https://api.github.com")) is None
