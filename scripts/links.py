"""Checks that every relative link and every file path named in the documents leads somewhere.

Usage: python -m scripts.links FILE_OR_FOLDER...
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
# A backticked path that starts in one of our folders, such as `src/eaa/domain/task.py`.
NAMED_PATH = re.compile(r"`((?:src|tests|scripts|docs|\.ci)/[\w./-]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    """Print every dead end and return 1 when there is one."""
    dead = [line for argument in arguments for line in dead_ends(Path(argument))]
    print("\n".join(dead), end="\n" if dead else "")
    return 1 if dead else 0


def dead_ends(root: Path) -> Iterator[str]:
    """Yield a line for each link or path below a document or folder that leads nowhere."""
    documents = sorted(root.rglob("*.md")) if root.is_dir() else [root]
    for document in documents:
        text = FENCE.sub("", document.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                yield f"{document}: the link to {target} leads nowhere"
        for path in NAMED_PATH.findall(text):
            if not Path(path).exists():
                yield f"{document}: names {path}, which does not exist"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
