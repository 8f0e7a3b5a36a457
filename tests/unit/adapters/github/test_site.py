"""Addresses are compared with the host of the API that is set up, and with no other."""

import pytest

from eaa.adapters.github.site import GithubSite, Place
from eaa.domain.errors import InvalidRequest

PUBLIC = GithubSite(api_url="https://api.github.com", token=None)
ENTERPRISE = GithubSite(api_url="https://git.example.org:8443/api/v3", token="s3cret")
LOOPBACK = GithubSite(api_url="http://127.0.0.1:8080", token=None)


@pytest.mark.parametrize(
    ("site", "address", "name"),
    [
        (PUBLIC, "https://github.com/octo/shop", "octo/shop"),
        (PUBLIC, "https://github.com/octo/shop.git", "octo/shop"),
        (PUBLIC, "https://www.github.com/octo/shop/", "octo/shop"),
        (PUBLIC, "https://ann:pw@github.com/octo/shop.git", "octo/shop"),
        (PUBLIC, "git@github.com:octo/shop.git", "octo/shop"),
        (PUBLIC, "ssh://git@github.com/octo/shop.git", "octo/shop"),
        (PUBLIC, "ssh://git@github.com:22/octo/shop.git", "octo/shop"),
        (ENTERPRISE, "https://git.example.org:8443/octo/shop.git", "octo/shop"),
        (ENTERPRISE, "git@git.example.org:octo/shop.git", "octo/shop"),
        (LOOPBACK, "http://127.0.0.1:8080/octo/shop", "octo/shop"),
        (PUBLIC, "https://github.com.evil.test/octo/shop", None),
        (PUBLIC, "http://github.com/octo/shop", None),
        (PUBLIC, "https://github.com/octo", None),
        (PUBLIC, "https://github.com/octo/../shop", None),
        (PUBLIC, "https://evil.test@github.com.evil.test/octo/shop", None),
        (PUBLIC, "/srv/octo/shop", None),
        (PUBLIC, "git@gitlab.com:octo/shop.git", None),
        (LOOPBACK, "http://127.0.0.1:8081/octo/shop", None),
        (PUBLIC, "https://[::1/octo/shop", None),
        (PUBLIC, "https://github.com:99999/octo/shop", None),
    ],
)
def test_a_repository_is_known_by_every_address_of_the_site(site: GithubSite, address: str, name: str | None) -> None:
    assert site.repository_of(address) == name


def test_issues_and_pull_requests_are_read_off_their_addresses() -> None:
    assert PUBLIC.issue_of("https://github.com/octo/shop/issues/12#issuecomment-1") == Place("octo/shop", 12)
    assert PUBLIC.pull_request_of("https://github.com/octo/shop/pull/3/files") == Place("octo/shop", 3)
    assert LOOPBACK.issue_of("http://127.0.0.1:8080/octo/shop/issues/1") == Place("octo/shop", 1)


@pytest.mark.parametrize("address", ["https://gitlab.com/octo/shop/issues/1", "https://github.test/octo/shop/issues/1"])
def test_another_host_is_refused_with_the_setting_that_would_help(address: str) -> None:
    with pytest.raises(InvalidRequest, match="is not the code host") as caught:
        PUBLIC.issue_of(address)

    assert "EAA_GITHUB_API_URL" in caught.value.hint


@pytest.mark.parametrize("path", ["", "/pull/1", "/issues", "/issues/new", "/issues/-1"])
def test_what_is_no_issue_is_refused_with_an_example(path: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        PUBLIC.issue_of(f"https://github.com/octo/shop{path}")

    assert "https://github.com/OWNER/NAME/issues/NUMBER" in caught.value.hint


@pytest.mark.parametrize(
    "address", ["http://[::1/octo/shop/issues/1", f"https://github.com/octo/shop/issues/{'1' * 5000}"]
)
def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(InvalidRequest, match="is not the address that is needed") as caught:
        PUBLIC.issue_of(address)

    assert len(str(caught.value)) < 300
    assert "https://github.com/OWNER/NAME/issues/NUMBER" in caught.value.hint


def test_repositories_of_the_site_are_cloned_by_one_address() -> None:
    assert PUBLIC.cloneable("https://www.github.com/octo/shop/") == "https://github.com/octo/shop.git"
    assert PUBLIC.cloneable("git@github.com:octo/shop") == "git@github.com:octo/shop"
    assert PUBLIC.cloneable("https://ann:pw@github.com/octo/shop") == "https://ann:pw@github.com/octo/shop"
    assert PUBLIC.cloneable(".") == "."


def test_the_token_is_not_shown() -> None:
    assert "s3cret" not in repr(ENTERPRISE)
