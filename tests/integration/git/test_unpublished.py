"""Mirrors out of which nothing is published."""

from pathlib import Path

import pytest

from eaa.adapters.git.unpublished import UnpublishedRepositories
from eaa.domain.errors import BranchTaken
from eaa.domain.ids import CommitId
from tests.support.git_project import GitProject


async def test_a_branch_is_remembered_and_the_source_is_neither_asked_nor_written(tmp_path: Path) -> None:
    project = GitProject(tmp_path / "project")
    one, two = CommitId(project.commit({"a": "1"})), CommitId(project.commit({"a": "2"}))
    project.git("branch", "eaa/there", one)
    repositories = UnpublishedRepositories(home=tmp_path / "home")
    repository = await repositories.open(str(project.folder))
    before = project.picture()

    assert await repositories.published(repository, "eaa/there") is None
    await repositories.publish(repository, two, "eaa/new")

    assert await repositories.published(repository, "eaa/new") == two
    with pytest.raises(BranchTaken):
        await repositories.publish(repository, one, "eaa/new")
    assert project.picture() == before
