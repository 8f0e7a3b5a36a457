"""The code host of a process, and git's login there."""

from eaa.adapters.git.tokens import HttpToken
from eaa.adapters.github.site import GithubSite
from eaa.settings import Settings


def site_of(settings: Settings) -> GithubSite:
    """Return the GitHub that the settings name."""
    token = settings.github_token
    return GithubSite(
        api_url=settings.github_api_url.rstrip("/"), token=token.get_secret_value() if token is not None else None
    )


def git_token_of(settings: Settings) -> HttpToken | None:
    """Return what lets git in where the site's repositories are."""
    site = site_of(settings)
    return HttpToken(address=site.web_url, token=site.token) if site.token is not None else None
