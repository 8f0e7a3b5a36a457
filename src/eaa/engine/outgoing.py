"""Words of requests, tests and models on their way into a pull request or a commit message: readable, and inert.

On a code host text acts: it calls people, closes issues, loads images, links and hides. Nothing of that may come from a
text that we did not write. Source: GitHub, "Basic writing and formatting syntax" and "Linking a pull request to an
issue"; GitHub Flavored Markdown, "Autolinks (extension)"; checked 2026-11.
"""

import re

from eaa.kit.bounded import bound_text, printable

_APART = "\u200b"
"""Between the characters that would act together."""
_ACTS = re.compile(r"@|#(?=\d)|\bGH-(?=\d)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", "\\": "\\\\", "`": "'", "[": "\\[", "]": "\\]", "|": "\\|"})
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_CALLS = re.compile(r"(?<!\w)@(?=\w)")
_ISSUE = re.compile(r"#(?=\d)")
_SHORT_ISSUE = re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE)


def in_prose(text: str, *, limit_characters: int) -> str:
    """Return a text as one line of Markdown that shows it and does nothing else, in table cells too."""
    return _ACTS.sub(lambda found: found[0] + _APART, _line(text, limit_characters).translate(_ESCAPES))


def in_code(text: str, *, limit_characters: int) -> str:
    """Return a text as one line that can stand between two backticks."""
    return _line(text, limit_characters).replace("`", "'")


def in_message(text: str) -> str:
    """Return a text as one line of a commit message or title: without addresses, calls of people, and issues to close.

    Whoever merges carries these words on to the default branch, where they act.
    """
    plain = _SCHEME.sub("", printable(" ".join(text.split())))
    plain = _SHORT_ISSUE.sub(r"\1 ", _ISSUE.sub("no. ", plain))
    return _CALLS.sub("@ ", plain)


def _line(text: str, limit_characters: int) -> str:
    return printable(" ".join(bound_text(text, limit_characters=limit_characters).split()))
