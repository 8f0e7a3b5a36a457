"""A git repository with two commits: `main` is the base, `change` the head."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_QUIET = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.org",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, apart from this machine's configuration, and return what it printed."""
    environment = {**os.environ, **_QUIET}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def make_repository(folder: Path, base: Mapping[str, str], head: Mapping[str, str]) -> Path:
    """Make a repository whose branch `change` turns the base's files into the head's; an empty text removes a file."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_files(folder, base, "base")
    git(folder, "switch", "--quiet", "--create", "change")
    commit_files(folder, head, "change")
    git(folder, "switch", "--quiet", "main")
    return folder


def commit_files(folder: Path, files: Mapping[str, str], message: str) -> str:
    """Write files, remove those with an empty text, commit, and return the commit's hash."""
    for path, text in files.items():
        file = folder / path
        if text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        else:
            file.unlink()
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")
