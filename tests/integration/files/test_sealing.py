"""Master keys in a real file."""

import base64
import stat
from pathlib import Path

import pytest

from eaa.adapters.files.sealing import FileSealing
from eaa.domain.errors import MasterKeyUnusable
from eaa.ports.sealing import Sealed

CONTEXT = "model key\norg\nhouse"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "master.key"


def test_what_is_sealed_opens_in_its_context_and_shows_nothing(path: Path) -> None:
    sealed = FileSealing(path).seal(b"sk-secret", context=CONTEXT)

    assert b"sk-secret" not in sealed.content
    assert FileSealing(path).unseal(sealed, context=CONTEXT) == b"sk-secret"


def test_the_file_is_made_for_its_owner_alone(path: Path) -> None:
    FileSealing(path).seal(b"x", context=CONTEXT)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_bytes_are_never_sealed_the_same(path: Path) -> None:
    sealing = FileSealing(path)

    assert sealing.seal(b"x", context=CONTEXT) != sealing.seal(b"x", context=CONTEXT)


def test_a_sealed_text_that_was_moved_or_changed_does_not_open(path: Path) -> None:
    sealing = FileSealing(path)
    sealed = sealing.seal(b"sk-secret", context=CONTEXT)
    changed = bytes([*sealed.content[:-1], sealed.content[-1] ^ 1])

    with pytest.raises(MasterKeyUnusable, match="moved to another place"):
        sealing.unseal(sealed, context="elsewhere")
    with pytest.raises(MasterKeyUnusable, match="was changed"):
        sealing.unseal(Sealed(changed, sealed.master_key), context=CONTEXT)
    with pytest.raises(MasterKeyUnusable, match="was changed"):
        sealing.unseal(Sealed(b"", sealed.master_key), context=CONTEXT)


def test_after_a_rotation_old_and_new_open_until_the_old_key_is_dropped(path: Path) -> None:
    sealing, other_process = FileSealing(path), FileSealing(path)
    old = sealing.seal(b"old", context=CONTEXT)

    newest = sealing.add_newest()
    new = other_process.seal(b"new", context=CONTEXT)

    assert new.master_key == newest != old.master_key
    assert other_process.unseal(old, context=CONTEXT) == b"old"
    sealing.keep_newest(newest)
    assert other_process.unseal(new, context=CONTEXT) == b"new"
    with pytest.raises(MasterKeyUnusable, match=old.master_key):
        other_process.unseal(old, context=CONTEXT)


def test_of_two_rotations_at_once_the_earlier_drops_nothing(path: Path) -> None:
    sealing = FileSealing(path)
    first = sealing.add_newest()
    sealed = sealing.seal(b"x", context=CONTEXT)
    sealing.add_newest()

    sealing.keep_newest(first)

    assert sealing.unseal(sealed, context=CONTEXT) == b"x"


def test_a_file_that_others_can_read_is_refused_with_what_to_do(path: Path) -> None:
    sealing = FileSealing(path)
    sealing.seal(b"x", context=CONTEXT)
    path.chmod(0o640)

    with pytest.raises(MasterKeyUnusable, match="can be read by others") as caught:
        sealing.seal(b"x", context=CONTEXT)

    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"\xff\xfe",
        b"one two three\n",
        b"00000000 " + base64.b64encode(bytes(32)),
        b"00000000 !!!\n",
    ],
)
def test_a_damaged_file_is_never_overwritten(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_bytes(content)
    sealing = FileSealing(path)

    with pytest.raises(MasterKeyUnusable, match="cannot be used"):
        sealing.seal(b"x", context=CONTEXT)
    with pytest.raises(MasterKeyUnusable, match="cannot be used"):
        sealing.add_newest()

    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(MasterKeyUnusable, match="cannot be used"):
        FileSealing(tmp_path / "file" / "master.key").seal(b"x", context=CONTEXT)
