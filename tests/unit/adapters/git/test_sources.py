"""What a person names as a repository and is none is refused in words."""

from pathlib import Path

import pytest

from eaa.adapters.git.repositories import GitRepositories
from eaa.adapters.git.sources import find_source
from eaa.domain.errors import RepositoryUnusable, RevisionNotFound
from eaa.domain.ids import RepositoryId
from eaa.domain.repository import Repository


@pytest.mark.parametrize(
    ("source", "because"),
    [
        ("https://[::1/x/y", "it is no address"),
        ("file://[::1/x", "it is no address"),
        ("https://example.test/\0", "a NUL character"),
        ("git@example.test:a\ud800", "half a character"),
        ("/" + "x" * 3_900, "File name too long"),
        ("/x\0y", "there is no such folder"),
        ("/\ud800", "there is no such folder"),
        ("~nobody-of-this-name/x", "there is no such user"),
    ],
)
async def test_what_can_be_no_repository_is_refused_in_words(tmp_path: Path, source: str, because: str) -> None:
    with pytest.raises(RepositoryUnusable, match=because) as caught:
        await find_source(source, configuration=tmp_path / "gitconfig")

    assert len(str(caught.value)) < 400
    assert caught.value.hint


@pytest.mark.parametrize("revision", ["a\0b", "\ud800", "x" * 200_000])
async def test_what_can_be_no_revision_is_not_found(tmp_path: Path, revision: str) -> None:
    repository = Repository(id=RepositoryId("0" * 16), source=str(tmp_path), default_branch="main")

    with pytest.raises(RevisionNotFound):
        await GitRepositories(home=tmp_path).resolve(repository, revision)
