"""Text that never grows past a bound and says what it left out."""


def bound_text(text: str, *, limit_characters: int) -> str:
    """Return the text, or its head and tail with a line between them that counts what is missing."""
    if len(text) <= limit_characters:
        return text
    half = max(limit_characters // 2, 1)
    omitted = len(text) - 2 * half
    return f"{text[:half]}\n[… {omitted} characters left out …]\n{text[-half:]}"


def printable(text: str) -> str:
    """Return the text with control characters and undecodable bytes as escapes, safe for any terminal or JSON."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
