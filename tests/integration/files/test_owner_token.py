import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eaa.adapters.files.owner_token import owner_token
from eaa.domain.errors import InvalidRequest


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "token"

    first, second = owner_token(path), owner_token(path)

    assert first == second
    assert len(first.reveal()) >= 43
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]


def test_those_who_start_together_have_the_same_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: owner_token(tmp_path / "token").reveal(), range(32)))

    assert len(set(tokens)) == 1


@pytest.mark.parametrize(("content", "mode", "words"), [("x" * 43, 0o640, "chmod 600"), ("short", 0o600, "no token")])
def test_a_file_that_is_no_safe_token_is_refused(tmp_path: Path, content: str, mode: int, words: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(mode)

    with pytest.raises(InvalidRequest) as raised:
        owner_token(path)

    assert words in f"{raised.value} {raised.value.hint}"
