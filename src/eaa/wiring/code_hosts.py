"""The code host of a process, and git's login there."""

from urllib.parse import urlsplit

from eaa.adapters.git.tokens import HttpToken
from eaa.adapters.github.site import GithubSite
from eaa.domain.errors import InvalidRequest
from eaa.kit.loopback import is_loopback
from eaa.settings import Settings


def site_of(settings: Settings) -> GithubSite:
    """Return the GitHub that the settings name.

    Raises:
        InvalidRequest: The address is none, or one to which a token would travel in the clear.
    """
    token = settings.github_token
    address = settings.github_api_url.rstrip("/")
    parts = urlsplit(address)
    is_private = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not is_private or not parts.hostname or "@" in parts.netloc:
        raise InvalidRequest(
            "EAA_GITHUB_API_URL is not an https address",
            hint="Set it to https://HOST/api/v3, or leave it out for github.com.",
        )
    return GithubSite(api_url=address, token=token.get_secret_value() if token is not None else None)


def git_token_of(settings: Settings) -> HttpToken | None:
    """Return what lets git in where the site's repositories are."""
    site = site_of(settings)
    return HttpToken(address=site.web_url, token=site.token) if site.token is not None else None
