"""The repositories of an installation: of one disk, or of hosts that share a database."""

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.shared_repositories import SharedRepositories
from eaa.engine.journal import Desk
from eaa.settings import Settings
from eaa.wiring.code_hosts import git_token_of


def has_one_disk(settings: Settings) -> bool:
    """Return whether all processes of the installation share EAA_HOME: the database is a file in it."""
    if settings.database_url is None:
        return True
    # Loaded where a database is named: commands without runs do without.
    from eaa.adapters.sql.engine import sqlite_file

    return sqlite_file(settings.database_url) is not None


def repositories_of(settings: Settings, *, desk: Desk | None) -> GitRepositories | SharedRepositories:
    """Return the mirrors below EAA_HOME; with a desk and Postgres, what they lack is fetched from other hosts.

    Args:
        settings: Where everything is.
        desk: Of the installation; None where no run is worked on.
    """
    own = GitRepositories(home=settings.home, token=git_token_of(settings))
    if desk is None or has_one_disk(settings):
        return own
    return SharedRepositories(own, home=settings.home, store=desk.store, blobs=desk.blobs)
