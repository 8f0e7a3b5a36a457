"""What is secret in this installation, beside the keys of providers."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from eaa.adapters.config.houses import HOUSES
from eaa.domain.catalogue import Catalogue
from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.settings import Settings
from eaa.wiring.llm_storage import MASTER_KEY_FILE
from eaa.wiring.outside_tools import servers_path

TOKEN_FILE = "token"  # noqa: S105
"""Below `EAA_HOME`: the token of the orchestrator's owner."""
_SHORTEST_KEY = 32
"""In files of ours; what is shorter is a key's name."""
_SECRET_NAME = re.compile("TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
"""A variable that is called so holds one; others hold folders and switches."""


def own_secrets(settings: Settings, catalogue: Catalogue, environment: Mapping[str, str]) -> Iterator[Secret]:
    """Yield every token and password that settings, files of `EAA_HOME` and the usual variables hold at the moment."""
    for token in (settings.orchestrator_token, settings.github_token):
        if token is not None:
            yield Secret(token.get_secret_value())
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url is not None else None
    proxies = (provider.proxy for provider in catalogue.providers.values())
    events_url = settings.events_url.get_secret_value() if settings.events_url is not None else None
    replicas = (settings.read_database_urls or "").split(",")
    shards = (url for one in settings.shards.values() for url in (one.database_url, one.database_direct_url))
    for address in (settings.database_url, *replicas, *shards, redis_url, events_url, *proxies):
        yield from _password(address)
    # Keys of providers that everybody knows, also where no model of ours is theirs.
    for house in HOUSES.values():
        for key in environment.get(house.key_environment or "", "").split(","):
            yield Secret(key.strip())
    for file in (settings.home / TOKEN_FILE, settings.master_key_file or settings.home / MASTER_KEY_FILE):
        yield from _words(file)
    yield from _of_servers(servers_path(settings), environment)


def _of_servers(file: Path, environment: Mapping[str, str]) -> Iterator[Secret]:
    """Yield what MCP servers are given and is secret by its name: one may say it in an answer."""
    if not file.exists():
        return
    from eaa.adapters.mcp.servers_file import read_servers

    with suppress(InvalidRequest):  # Whoever starts a server is told.
        for server in read_servers(file):
            for name in server.environment:
                if _SECRET_NAME.search(name):
                    yield Secret(environment.get(name, ""))


def _password(address: str | None) -> Iterator[Secret]:
    """Yield the password of an address, as it stands there and as it is meant."""
    try:
        password = urlsplit(address or "").password
    except ValueError:  # Whoever connects there is told what is wrong with it.
        return
    if password:
        yield Secret(password)
        yield Secret(unquote(password))


def _words(file: Path) -> Iterator[Secret]:
    """Yield what stands in a file of ours between spaces: a token, or names and keys."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # Whoever needs it is told.
        return
    yield from (Secret(word) for word in text.split() if len(word) >= _SHORTEST_KEY)
