"""Writes into a copy-on-write mount twice, for tests of any uid: `python -m … FOLDER` prints one JSON object."""

import asyncio
import json
import sys
from pathlib import Path

from eaa.adapters.sandbox.bubblewrap import BubblewrapSandbox
from eaa.adapters.sandbox.overlays import user_overlays_work
from eaa.domain.command import Access, Command, Limits, Mount

SCRIPT = """
cat /data/site/module; echo after > /data/site/module && echo x > /data/site/new && echo y > /data/top
rm /data/site/old && mkdir /data/site/old && cat /data/site/module /data/site/new; ls /data/site
"""
PRINTED = "before\nafter\nx\nmodule\nnew\nold\n"


def make_data(folder: Path) -> Path:
    """Return a folder to be mounted, like an environment with one package."""
    site = folder / "data/site"
    site.mkdir(parents=True)
    (site / "module").write_text("before\n")
    (site / "old").write_text("old\n")
    return folder / "data"


def content(folder: Path) -> dict[str, str]:
    """Return every file with its text."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


async def write_twice(folder: Path) -> list[str]:
    """Return what two commands printed, one after the other."""
    root = folder / "root"
    root.mkdir()
    mounts = (Mount(folder / "data", "/data", Access.COPY_ON_WRITE),)
    command = Command(("sh", "-c", SCRIPT), mounts=mounts, limits=Limits(wall_s=60))
    results = [await BubblewrapSandbox().run(command, root=root) for _ in range(2)]
    return [result.stdout.text() + result.stderr.text() for result in results]


def main() -> None:
    """Do it and tell."""
    folder = Path(sys.argv[1])
    before = content(make_data(folder))
    printed = asyncio.run(write_twice(folder))
    is_untouched = content(folder / "data") == before
    print(json.dumps({"works": user_overlays_work(), "printed": printed, "is_untouched": is_untouched}))


if __name__ == "__main__":
    main()
