"""The image that containers start from."""

import io
import tarfile

from eaa.adapters.sandbox.engines import image_archive


def test_the_image_has_places_and_names_but_no_program() -> None:
    with tarfile.open(fileobj=io.BytesIO(image_archive(1234))) as archive:
        entries = {entry.name: entry for entry in archive}
        passwd = archive.extractfile("etc/passwd")
        assert passwd is not None
        text = passwd.read().decode()

    assert {"src", "home/agent", "usr", "proc", "etc/hosts"} <= set(entries)
    assert text.startswith("agent:x:1234:1234:")
    assert [name for name, entry in entries.items() if entry.isfile() and entry.mode & 0o111] == []


def test_the_same_machine_makes_the_same_image() -> None:
    assert image_archive.__wrapped__(7) == image_archive.__wrapped__(7) != image_archive.__wrapped__(8)
