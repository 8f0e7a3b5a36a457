"""A token for git over HTTP: told to git through its environment, and sent to one web address only."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_USER = "x-access-token"
"""What GitHub, and hosts that speak like it, want as the name beside a token."""


@dataclass(frozen=True, slots=True)
class HttpToken:
    """Opens the repositories of one web address, such as `https://github.com`."""

    address: str
    token: str = field(repr=False)

    def opens(self, source: str) -> bool:
        """Say whether a repository's address belongs to the web address of the token."""
        ours, theirs = urlsplit(self.address), urlsplit(source)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)

    def environment(self) -> Mapping[str, str]:
        """Return what git's environment says about the token; it is in no argument and in no file.

        Source: git-config(1), `GIT_CONFIG_COUNT`, since git 2.31.
        """
        login = b64encode(f"{_USER}:{self.token}".encode()).decode()
        settings = {
            f"http.{self.address}/.extraHeader": f"Authorization: Basic {login}",
            # The token is for this address; one that has moved is an error that says so.
            f"http.{self.address}/.followRedirects": "false",
        }
        variables = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (name, value) in enumerate(settings.items()):
            variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return variables
