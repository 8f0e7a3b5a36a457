"""Small repositories for tests, made with the real git and no configuration of the machine's."""

import os
import subprocess
from pathlib import Path

_TIME = "2026-01-01T12:00:00Z"


class GitProject:
    """A person's repository with a checkout."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Make an empty repository on branch `main`."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git in the checkout and return what it printed, stripped."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, check=True, input=stdin, capture_output=True, env=_environment()
        )
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, path: str, content: bytes | str) -> None:
        """Write a file of the checkout."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, files: dict[str, bytes | str] | None = None, *, message: str = "Change", author: str = "Ann"
    ) -> str:
        """Write files, commit everything, and return the commit."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.git("add", "-A")
        name = ("-c", f"user.name={author}", "-c", f"user.email={author.lower()}@localhost")
        self.git(*name, "commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def picture(self) -> dict[str, tuple[int, int, bytes]]:
        """Return every file, also of `.git`, with its time, mode and content, to see that nothing was touched."""
        found: dict[str, tuple[int, int, bytes]] = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                status = path.stat()
                found[str(path.relative_to(self.folder))] = (status.st_mtime_ns, status.st_mode, path.read_bytes())
        return found


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_DATE": _TIME,
        "GIT_COMMITTER_DATE": _TIME,
        "GIT_ALLOW_PROTOCOL": "file",
    }
