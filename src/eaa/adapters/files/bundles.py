"""Bundles: the record of a run and its repository in one file, the same bytes for the same contents."""

import gzip
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from eaa.domain.errors import BundleUnreadable, InvalidRequest

RECORDING, REPOSITORY = "recording.json", "repository.bundle"
LARGEST_FILE_BYTES = 300 * 1024 * 1024
"""Of the bundle as it lies there, compressed."""
_LARGEST_MEMBERS: Mapping[str, int] = {RECORDING: 64 * 1024 * 1024, REPOSITORY: 260 * 1024 * 1024}
"""In this order, uncompressed. Nothing else may be in a bundle."""
_LARGEST_BYTES = sum(_LARGEST_MEMBERS.values()) + 64 * 1024
_HINT = "Make it again with `eaa export`."


def write_bundle(path: Path, *, recording: bytes, repository: bytes | None) -> None:
    """Write a bundle; it appears whole or not at all.

    Raises:
        InvalidRequest: Something is there already, cannot be written there, or is too large for a bundle.
    """
    members = {RECORDING: recording} | ({REPOSITORY: repository} if repository is not None else {})
    for name, content in members.items():
        if len(content) > _LARGEST_MEMBERS[name]:
            raise InvalidRequest(f"{name} is too large for a bundle: {len(content) // 1_000_000} MB")
    try:
        _write_whole(path, _compressed(members))
    except FileExistsError:
        raise InvalidRequest(f"{path} is there already", hint="Name another file, or remove it first.") from None
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written: {error.strerror}", hint="Name another place.") from error


def read_bundle(path: Path) -> tuple[bytes, bytes | None]:
    """Return the record and the repository of a bundle that anybody may have made; nothing is unpacked to the disk.

    Raises:
        BundleUnreadable: It is none, is too large, or holds anything else.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise BundleUnreadable(f"{path} cannot be read: {error.strerror}", hint="Name a readable file.") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise BundleUnreadable(f"{path} is larger than any bundle", hint=_HINT)
    members = _members(_uncompressed(content))
    if RECORDING not in members:
        raise BundleUnreadable("the bundle holds no record", hint=_HINT)
    return members[RECORDING], members.get(REPOSITORY)


def _compressed(members: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members.items():
            # Owner, mode and time of a fresh header are the same everywhere.
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0, compresslevel=9) as file:
        file.write(archive.getvalue())
    return packed.getvalue()


def _uncompressed(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            archive = file.read(_LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BundleUnreadable(f"this is no bundle: {error}", hint=_HINT) from error
    if len(archive) > _LARGEST_BYTES:
        raise BundleUnreadable("the bundle holds more than any bundle", hint=_HINT)
    return archive


def _members(archive: bytes) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for header in tar:
                is_plain = header.type == tarfile.REGTYPE and not header.issparse()
                if header.name not in _LARGEST_MEMBERS or not is_plain or header.name in members:
                    raise BundleUnreadable(
                        f"the bundle holds {header.name[:100]!r}, which is no part of one", hint=_HINT
                    )
                if header.size > _LARGEST_MEMBERS[header.name]:
                    raise BundleUnreadable(f"the bundle's {header.name} is too large", hint=_HINT)
                file = tar.extractfile(header)
                assert file is not None
                members[header.name] = file.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BundleUnreadable(f"this is no bundle: {error}", hint=_HINT) from error
    return members


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        # A link, unlike a rename, never replaces what is there.
        os.link(temporary, path)
    finally:
        temporary.unlink()
