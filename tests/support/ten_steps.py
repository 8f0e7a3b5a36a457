"""A task in ten steps: a small project with one bug, and what a scripted model does to mend it."""

from eaa.domain.completion import Completion
from tests.support.agent_world import call, says, shell, submits

_CORE = '''"""Text helpers."""


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
    """A title as a lower-case, dash-separated name."""
    return "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
'''
_TESTS = """import unittest

from textkit import core


class Wrapping(unittest.TestCase):
    def test_width_is_a_limit(self):
        for width in range(5, 30):
            for line in core.wrap("the quick fox ate a bun and ran off", width):
                self.assertLessEqual(len(line), width)

    def test_no_empty_first_line(self):
        self.assertEqual(core.wrap("abcdef gh", 3)[0], "abcdef")

    def test_slug(self):
        self.assertEqual(core.slug("Hello, World!"), "hello-world")
"""
FILES = {
    "textkit/__init__.py": "",
    "textkit/core.py": _CORE,
    "tests/__init__.py": "",
    "tests/test_core.py": _TESTS,
    ".gitignore": "*.cache\n",
}
REQUEST = (
    "wrap() in textkit/core.py breaks its own contract: a line can be one character longer than width (the joining "
    "space is not counted), and when the first word is longer than width the first line is empty. Fix it; the tests in "
    "tests/ must pass."
)
WRONG = "if len(line) + len(word) > width:"
RIGHT = "if line and len(line) + 1 + len(word) > width:"
_RUN_TESTS = "python3 -m unittest discover -s tests 2>&1 | tail -20; exit ${PIPESTATUS[0]}"

SCRIPT: tuple[Completion, ...] = (
    shell("ls -la && git log --oneline | head -5"),
    says("I read the code.", call("read", path="textkit/core.py")),
    says("I read the tests.", call("read", path="tests/test_core.py")),
    shell(_RUN_TESTS),
    says("Who calls it?", call("search", pattern="wrap(", is_text=True)),
    says("The space is not counted.", call("edit", path="textkit/core.py", old=WRONG, new=RIGHT)),
    # Run twice, it leaves two lines: what an interruption must undo.
    shell("echo seen >> notes.txt; echo built > built.cache; git diff"),
    shell(_RUN_TESTS),
    shell("rm notes.txt && git status --short"),
    submits("The joining space was not counted; now it is, and the first line is never empty."),
)
