"""Text that a reader does not see and a program does: comments of HTML, invisible and direction characters.

What counts is a web page that renders Markdown, since that is where people read requests.
Source: CommonMark 0.31, "HTML blocks", "Raw HTML", "Link reference definitions".
"""

import re
from dataclasses import dataclass

_MARKS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef"
"""Characters that show nothing although Python calls them printable; the two styles of emoji come on top."""
_STYLES = "\ufe0e\ufe0f"
_STYLED = "#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_UNSEEN = re.compile(
    f"[{_MARKS}{_STYLES}"
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_STYLE_OF_EMOJI = re.compile(f"(?<=[{_STYLED}])[{_STYLES}](?![{_MARKS}{_STYLES}])")
_SMUGGLING_MARK = re.compile(f"[{_MARKS}]|(?<![{_STYLED}])[{_STYLES}]|[{_STYLES}](?=[{_MARKS}{_STYLES}])")
_OPEN_TO_THE_END = re.compile(r"^ {0,3}<!--", re.MULTILINE)
_HIDDEN_BY_PAGES = re.compile(r"<\?|<!(?:[A-Za-z]|\[CDATA\[)|^ {0,3}\[[^\]\n]{1,99}\]:[ \t]*(?:#|<>)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """A text as a reader sees it, and what was taken out."""

    text: str
    comments: int
    characters: int
    """Invisible and direction characters; what gives an emoji its colour is not counted."""
    shown: int
    """Passages that a web page hides and that stand in `text` all the same: code may hold the like of them."""

    @property
    def remark(self) -> str:
        """What was found, in a sentence; empty when nothing was."""
        taken = [_count(self.comments, "HTML comment"), _count(self.characters, "invisible character")]
        parts = []
        if any(taken):
            parts.append(f"hidden text was left out: {', '.join(part for part in taken if part)}")
        if self.shown:
            passages = _count(self.shown, "passage")
            parts.append(f"{passages} that a web page may hide {'is' if self.shown == 1 else 'are'} shown")
        return "; ".join(parts)


def without_hidden(text: str) -> Seen:
    """Return a text without what a reader would not see. Line ends become line feeds. Linear in the length."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    visible = plain if plain.isascii() and plain.isprintable() else _UNSEEN.sub("", plain)
    # What an emoji's style takes is no loss and no channel.
    characters = len(plain) - len(visible) - len(_STYLE_OF_EMOJI.findall(plain))
    kept, comments = _without_comments(visible)
    return Seen(kept, comments, characters, len(_HIDDEN_BY_PAGES.findall(kept)))


def spell_marks_out(text: str) -> str:
    """Return a text in which characters that show nothing, and that Python calls printable, are escapes."""
    return text if text.isascii() else _SMUGGLING_MARK.sub(_escape, text)


def _without_comments(text: str) -> tuple[str, int]:
    kept, position, number = [], 0, 0
    while (start := text.find("<!--", position)) >= 0:
        end = text.find("-->", start)
        if end < 0:
            break
        kept.append(text[position:start])
        position = end + 3
        number += 1
    rest = text[position:]
    # Never closed: at the start of a line it hides all that follows, elsewhere it is nothing but characters.
    if (opened := _OPEN_TO_THE_END.search(rest)) is not None:
        rest, number = rest[: opened.start()], number + 1
    return "".join((*kept, rest)), number


def _escape(found: "re.Match[str]") -> str:
    return found[0].encode("unicode_escape").decode()


def _count(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}" if number else ""
