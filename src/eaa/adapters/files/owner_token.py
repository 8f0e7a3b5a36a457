"""The token of whoever owns `EAA_HOME`, in a file that only they may read."""

import os
import secrets
from pathlib import Path

from eaa.domain.errors import InvalidRequest
from eaa.domain.secret import Secret
from eaa.kit.private_files import make_private_folder

TOKEN_BYTES = 32
_OTHERS = 0o077


def owner_token(path: Path) -> Secret:
    """Return the token of a file; an absent one is made, with a new random token and for its owner alone.

    Raises:
        InvalidRequest: Others may read the file, or there is no token in it.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & _OTHERS:
        raise InvalidRequest(f"others may read {path}", hint=f"Run `chmod 600 {path}`, or remove it for a new token.")
    token = path.read_text(encoding="utf-8").strip()
    if len(token) < TOKEN_BYTES:
        raise InvalidRequest(f"there is no token in {path}", hint="Remove the file; a new one is made.")
    return Secret(token)


def _make(path: Path) -> None:
    make_private_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(TOKEN_BYTES) + "\n")
        # Whoever comes first wins, and nobody ever reads half a token.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
