"""Text that never grows past a bound and says what it left out."""

from collections.abc import Iterable

from eaa.kit.hidden_text import spell_marks_out


def bound_text(text: str, *, limit_characters: int) -> str:
    """Return the text, or its head and tail with a line between them that counts what is missing."""
    if len(text) <= limit_characters:
        return text
    half = max(limit_characters // 2, 1)
    omitted = len(text) - 2 * half
    return f"{text[:half]}\n[… {omitted} characters left out …]\n{text[-half:]}"


def bound_bytes(text: str, *, limit_bytes: int) -> str:
    """Return the text, or its head and tail with a line between them; in UTF-8 never longer than the limit.

    What cannot be encoded becomes a question mark. A limit too small for the line between gives the head alone.
    """
    content = text.encode(errors="replace")
    if len(content) <= limit_bytes:
        return content.decode()
    between = f"\n[… {len(content)} bytes, the middle left out …]\n"
    room = limit_bytes - len(between.encode())
    if room <= 0:
        return content[:limit_bytes].decode(errors="ignore")
    tail_bytes = room // 2
    head = content[: room - tail_bytes].decode(errors="ignore")
    tail = content[len(content) - tail_bytes :].decode(errors="ignore")
    return f"{head}{between}{tail}"


def fitting(texts: Iterable[str], *, limit_bytes: int) -> tuple[str, ...]:
    """Return the first texts that together have at most so many bytes in UTF-8, each of them whole."""
    kept: list[str] = []
    for text in texts:
        limit_bytes -= len(text.encode(errors="replace"))
        if limit_bytes < 0:
            break
        kept.append(text)
    return tuple(kept)


def printable(text: str) -> str:
    """Return the text with control, invisible and undecodable characters as escapes, safe for any terminal or JSON."""
    if text.isascii() and text.isprintable():
        return text
    escaped = (
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
    return spell_marks_out("".join(escaped))
