"""A repository with two commits: `main` is the base, `change` the head."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.git_project import GitProject


def two_commits(folder: Path, base: Mapping[str, str], head: Mapping[str, str]) -> GitProject:
    """Make a repository whose branch `change` turns the base's files into the head's; an empty text removes a file."""
    project = GitProject(folder)
    commit_texts(project, base)
    project.git("switch", "-q", "-c", "change")
    commit_texts(project, head)
    project.git("switch", "-q", "main")
    return project


def commit_texts(project: GitProject, files: Mapping[str, str]) -> str:
    """Write texts, remove the files whose text is empty, commit, and return the commit."""
    for path, text in files.items():
        if not text:
            (project.folder / path).unlink()
    return project.commit({path: text for path, text in files.items() if text})
