"""The task of the benchmark: a small repository with one fault, and the commands with which a script mends it.

Both contenders are given the same words and run the same commands. Standard library only: the peer's interpreter and
the scripted model read it too.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

TASK: Final = (
    "wrap() in textkit/core.py breaks its own contract: a line can be one character longer than width (the joining "
    "space is not counted), and when the first word is longer than width the first line is empty. Fix it; the tests in "
    "tests/ must pass."
)
_SOURCE: Final = '''"""Text helpers."""


def wrap(text, width):
    """Break text into lines of at most width characters, on spaces."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = (line + " " + word).strip()
    lines.append(line)
    return lines


def slug(title):
    """Return a title as a lower-case name with dashes."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
'''
_TESTS: Final = """import unittest

from textkit import core


class TestCore(unittest.TestCase):
    def test_width_is_a_limit(self):
        for width in range(3, 30):
            for line in core.wrap("the quick fox ate a bun and ran off", width):
                self.assertLessEqual(len(line), max(width, 5), (width, line))

    def test_no_empty_first_line(self):
        self.assertEqual(core.wrap("abcdef gh", 3)[0], "abcdef")

    def test_slug(self):
        self.assertEqual(core.slug("Hello, World!"), "hello-world")


if __name__ == "__main__":
    unittest.main()
"""
_FILES: Final[Mapping[str, str]] = {
    "textkit/__init__.py": "",
    "textkit/core.py": _SOURCE,
    "tests/__init__.py": "",
    "tests/test_core.py": _TESTS,
}
_FIX: Final = r"""python3 - <<'PY'
import pathlib
path = pathlib.Path('textkit/core.py')
source = path.read_text()
wrong = 'if len(line) + len(word) > width:'
path.write_text(source.replace(wrong, 'if line and len(line) + 1 + len(word) > width:'))
PY"""
_FIX_AT: Final = 5
_WORK: Final = (
    "ls -la && git log --oneline | head -5",
    "nl -ba textkit/core.py",
    "nl -ba tests/test_core.py",
    "python3 -m unittest discover -s tests 2>&1 | tail -40",
    "grep -rn 'wrap(' --include=*.py .",
    _FIX,
    "git diff",
    "python3 -m unittest discover -s tests 2>&1 | tail -20",
    "git diff -- textkit/core.py > patch.txt && cat patch.txt",
)
_SMALL_WORK: Final = (
    "sed -n '1,3p' textkit/core.py",
    "grep -c wrap textkit/core.py",
    "echo 'note {number}' >> notes.txt",
    "wc -l textkit/core.py",
    "ls tests",
)


def command_of(number: int, *, is_small: bool) -> str:
    """Return the command of a step, counted from 0; each carries its number, so that none is a repetition.

    Args:
        number: Which step.
        is_small: Whether outputs are a line or two, so that hundreds of steps fit into a prompt; one of five steps
            writes a file. Otherwise the fault is looked for, mended and tested, again and again.
    """
    if is_small:
        work = _SMALL_WORK[number % len(_SMALL_WORK)].replace("{number}", str(number))
    elif number % len(_WORK) == _FIX_AT and number > _FIX_AT:
        work = f"echo 'note {number}' >> notes.txt && cat notes.txt"
    else:
        work = _WORK[number % len(_WORK)]
    return f": step {number + 1}; {work}"


def lay_out(folder: Path) -> None:
    """Make the repository, with one commit."""
    for path, content in _FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    name = ("-c", "user.name=Bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false")
    for words in (("init", "--quiet"), ("add", "--all"), (*name, "commit", "--quiet", "-m", "Start")):
        subprocess.run(("git", *words), cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True)
