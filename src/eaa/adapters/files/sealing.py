"""Master keys in a file that only its owner reads, and AES-256-GCM with the newest of them."""

import base64
import binascii
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from typing_extensions import override

from eaa.domain.errors import MasterKeyUnusable
from eaa.kit.digest import sha256_hex
from eaa.kit.private_files import make_private_folder
from eaa.ports.sealing import Sealed, Sealing
from eaa.ports.signing_keys import SigningKeys

_KEY_BYTES = 32
_NONCE_BYTES = 12
_NAME_CHARACTERS = 8


class FileSealing(Sealing, SigningKeys):
    """Keeps master keys as lines `<name> <base64>`, the newest first, in a file that is made when first needed.

    The file is read each time, so that every process sees a rotation at once.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def seal(self, content: bytes, *, context: str) -> Sealed:
        # Loaded here and below: most processes never meet a sealed key.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        name, key = next(iter((self._read() or self._first()).items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return Sealed(nonce + AESGCM(key).encrypt(nonce, content, context.encode()), master_key=name)

    @override
    def unseal(self, sealed: Sealed, *, context: str) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._read().get(sealed.master_key)
        if key is None:
            raise MasterKeyUnusable(
                f"{self._path} does not hold the master key {sealed.master_key}",
                hint="Bring back the key file of this installation, or remove the keys it sealed and add them again.",
            )
        nonce, encrypted = sealed.content[:_NONCE_BYTES], sealed.content[_NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, encrypted, context.encode())
        except (InvalidTag, ValueError) as error:
            raise MasterKeyUnusable(
                "a kept key was changed, or moved to another place in the database",
                hint="Remove it with `eaa models key remove` and add it again.",
            ) from error

    @override
    def keys_for(self, purpose: str) -> Mapping[str, bytes]:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        label = f"eaa {purpose}".encode()
        keys = self._read() or self._first()
        return {name: HKDF(SHA256(), _KEY_BYTES, salt=None, info=label).derive(key) for name, key in keys.items()}

    def add_newest(self) -> str:
        """Make a master key that everything is sealed with from now on, keep the older ones, and return its name."""
        with self._alone():
            key = secrets.token_bytes(_KEY_BYTES)
            name = _name_of(key)
            self._write({name: key, **self._read()})
        return name

    def keep_newest(self, name: str) -> None:
        """Drop every master key but the newest, if that is still the one named."""
        with self._alone():
            keys = self._read()
            if next(iter(keys), None) == name:
                self._write({name: keys[name]})

    def _first(self) -> dict[str, bytes]:
        """Return the keys, with one made if there is none yet."""
        with self._alone():
            keys = self._read()
            if not keys:
                key = secrets.token_bytes(_KEY_BYTES)
                keys = {_name_of(key): key}
                self._write(keys)
        return keys

    def _read(self) -> dict[str, bytes]:
        """Return the keys by name, the newest first; none when there is no file."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise MasterKeyUnusable(
                        f"{self._path} can be read by others than its owner", hint=f"chmod 600 {self._path}"
                    )
                lines = file.read().decode().splitlines()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable(str(error)) from error
        try:
            keys = {name: base64.b64decode(text, validate=True) for name, text in map(str.split, lines)}
        except (ValueError, binascii.Error) as error:
            raise self._unusable("it is damaged") from error
        if any(name != _name_of(key) or len(key) != _KEY_BYTES for name, key in keys.items()):
            raise self._unusable("it is damaged")
        return keys

    def _write(self, keys: dict[str, bytes]) -> None:
        """Put a whole new file in the place of the old one; a reader sees one or the other."""
        content = "".join(f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.items())
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content.encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise self._unusable(str(error)) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one who changes the file."""
        try:
            make_private_folder(self._path.parent)
            descriptor = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(str(error)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _unusable(self, because: str) -> MasterKeyUnusable:
        return MasterKeyUnusable(
            f"the key file {self._path} cannot be used: {because}",
            hint="Mend it, or say with EAA_MASTER_KEY_FILE where another one is.",
        )


def _name_of(key: bytes) -> str:
    """Name a key so that a changed byte shows."""
    return sha256_hex(b"eaa master key " + key)[:_NAME_CHARACTERS]
