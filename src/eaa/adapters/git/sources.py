"""Where a repository comes from: a folder on this machine or an address, and what git may speak to reach it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from eaa.adapters.git.host_git import GitFailed, HostGit, unusable
from eaa.adapters.git.tokens import HttpToken
from eaa.domain.errors import RepositoryUnusable
from eaa.domain.ids import RepositoryId
from eaa.domain.plain_text import flaw_of, made_plain
from eaa.kit.digest import sha256_hex
from eaa.kit.loopback import is_loopback

_SSH_SHORT = re.compile(r"[^/\s:]+@?[^/\s:]*:(?!//)\S+")
_SHOWN = 300
"""Characters of a source that a message repeats."""
_HINT = "Give the path of a git repository, or an https or ssh address."


@dataclass(frozen=True, slots=True)
class Source:
    """A place that git can fetch from and publish to."""

    address: str
    """An absolute folder or an address."""
    git_dir: Path | None
    """The repository's git folder when it is on this machine."""
    protocols: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What git must know to be let in; it holds secrets."""

    @property
    def id(self) -> RepositoryId:
        """The same for the same place, always."""
        return RepositoryId(sha256_hex(self.address.encode("utf-8", "surrogateescape"))[:16])


async def find_source(source: str, *, configuration: Path, token: HttpToken | None = None) -> Source:
    """Return what a person's path or address means.

    Raises:
        RepositoryUnusable: There is no repository, or the address needs a protocol that we refuse.
    """
    if source.startswith("file://"):
        source = unquote(_parts_of(source).path)
    if "://" in source:
        _require_plain(source)
        protocols = _protocols(source)
        is_opened = token is not None and token.opens(source)
        environment = token.environment() if token is not None and is_opened else {}
        return Source(source, None, protocols, environment)
    if _SSH_SHORT.fullmatch(source) and not _is_there(source):
        _require_plain(source)
        return Source(source, None, "ssh")
    folder, git_dir = await find_repository(_local(source), configuration=configuration)
    return Source(str(folder), git_dir, "file")


async def find_repository(path: Path, *, configuration: Path) -> tuple[Path, Path]:
    """Return (top folder, git folder shared by all work trees) of the repository that a path is inside of.

    Raises:
        RepositoryUnusable: It is not inside one, or git cannot read it.
    """
    git = HostGit(configuration)
    path = _existing_folder(path)
    try:
        said = await git.run("rev-parse", "--is-bare-repository", "--show-object-format", "--git-common-dir", cwd=path)
        is_bare, object_format, common = said.decode("utf-8", "surrogateescape").split("\n", 2)
        git_dir = _joined(path, common)
        if is_bare == "true":
            folder = git_dir
        else:
            top = await git.run("rev-parse", "--show-toplevel", cwd=path)
            folder = Path(top.decode("utf-8", "surrogateescape").removesuffix("\n"))
    except GitFailed as failure:
        raise unusable(str(path), failure, hint=_HINT) from failure
    if object_format != "sha1":
        because = f"its objects are named by {object_format}, which is not supported yet"
        raise RepositoryUnusable(source=str(path), because=because, hint="Convert it, or use a clone with SHA-1 names.")
    return folder, git_dir


def _local(source: str) -> Path:
    try:
        return Path(source).expanduser()
    except RuntimeError as error:
        raise _refused(source, "there is no such user") from error


def _is_there(source: str) -> bool:
    try:
        return _local(source).exists()
    except (OSError, ValueError):
        return False


def _existing_folder(path: Path) -> Path:
    because = "there is no such folder"
    try:
        path = _local(str(path)).resolve()
        if path.is_dir() and os.access(path, os.R_OK | os.X_OK):
            return path
        because = "it may not be read" if path.is_dir() else because
    except (OSError, ValueError) as error:
        # A name that is too long, a folder that may not be looked into, a NUL.
        because = getattr(error, "strerror", None) or because
    raise _refused(str(path), because)


def _joined(folder: Path, printed: str) -> Path:
    return (folder / printed.removesuffix("\n")).resolve()


def _protocols(address: str) -> str:
    parts = _parts_of(address)
    if parts.scheme in ("https", "ssh"):
        return parts.scheme
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return "http"
    raise _refused(parts.hostname or address, f"addresses that begin with {parts.scheme}:// are not used")


def _require_plain(address: str) -> None:
    flaw = flaw_of(address)
    if flaw is not None:
        raise _refused(address, f"it holds {flaw}")


def _parts_of(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise _refused(address, "it is no address") from error


def _refused(source: str, because: str) -> RepositoryUnusable:
    return RepositoryUnusable(source=made_plain(source)[:_SHOWN], because=because, hint=_HINT)
