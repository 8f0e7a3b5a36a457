"""What a tool shows the model: bounded, with head and tail, and nothing in it that the eye would not see."""

import re
import unicodedata

from eaa.kit.hidden_text import spell_marks_out

SHOWN_BYTES = 10 * 1024
_LONGEST_LINE = 1_000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
"""Colours, cursor movements and titles of a terminal. Source: ECMA-48."""
_SUSPICIOUS = re.compile(r"[^\n\t\x20-\x7e]")
_HEAD_SHARE = 0.4
"""Of what is shown; the end of an output says more often than its beginning what went wrong."""


def visible(text: str) -> str:
    """Return the text without terminal escapes; control, invisible and direction characters are spelled out."""
    return spell_marks_out(_SUSPICIOUS.sub(_spelled, _ESCAPES.sub("", text.replace("\r\n", "\n"))))


def shorten(text: str, *, limit_bytes: int = SHOWN_BYTES) -> tuple[str, bool]:
    """Return the text as it may be shown, and whether something was left out, which a line between counts."""
    lines = [_short_line(line) for line in text.split("\n")]
    is_cut = any(len(line) > _LONGEST_LINE for line in text.split("\n"))
    if sum(len(line.encode(errors="replace")) + 1 for line in lines) <= limit_bytes:
        return "\n".join(lines), is_cut
    head = _fitting(lines, int(limit_bytes * _HEAD_SHARE))
    tail = _fitting(lines[len(head) :][::-1], limit_bytes - int(limit_bytes * _HEAD_SHARE))[::-1]
    left_out = len(lines) - len(head) - len(tail)
    return "\n".join([*head, f"[… {left_out} lines left out …]", *tail]), True


def _spelled(found: re.Match[str]) -> str:
    character = found[0]
    # Spaces of other scripts are no printable characters, but seen.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


def _short_line(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    half = _LONGEST_LINE // 2
    return f"{line[:half]}[… {len(line) - 2 * half} characters left out …]{line[-half:]}"


def _fitting(lines: list[str], limit_bytes: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        limit_bytes -= len(line.encode(errors="replace")) + 1
        if limit_bytes < 0:
            break
        kept.append(line)
    return kept
