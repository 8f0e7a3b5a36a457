"""A token goes to one web address, through the environment, and is never shown."""

from base64 import b64encode

import pytest

from eaa.adapters.git.tokens import HttpToken

TOKEN = HttpToken(address="https://github.com", token="s3cret")


@pytest.mark.parametrize(
    ("source", "opens"),
    [
        ("https://github.com/octo/shop.git", True),
        ("http://github.com/octo/shop.git", False),
        ("https://github.com.evil.test/octo/shop.git", False),
        ("https://ann@github.com/octo/shop.git", False),
        ("https://github.com:8443/octo/shop.git", False),
        ("git@github.com:octo/shop.git", False),
        ("/srv/shop", False),
    ],
)
def test_only_its_own_address_is_opened(source: str, opens: bool) -> None:
    assert TOKEN.opens(source) is opens


def test_git_sends_it_to_that_address_only_and_follows_nobody_elsewhere() -> None:
    said = TOKEN.environment()

    login = b64encode(b"x-access-token:s3cret").decode()
    names = [said[f"GIT_CONFIG_KEY_{number}"] for number in range(int(said["GIT_CONFIG_COUNT"]))]
    assert names == ["http.https://github.com/.extraHeader", "http.https://github.com/.followRedirects"]
    assert said["GIT_CONFIG_VALUE_0"] == f"Authorization: Basic {login}"
    assert said["GIT_CONFIG_VALUE_1"] == "false"


def test_it_is_not_shown() -> None:
    assert "s3cret" not in repr(TOKEN)
