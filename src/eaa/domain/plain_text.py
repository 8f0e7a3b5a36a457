"""Text from outside that we keep: SQLite takes a NUL and Postgres does not, so none comes in."""

from eaa.domain.errors import InvalidRequest


def require_plain(what: str, text: str | None) -> None:
    """Refuse a text that not every database of ours can keep; None is no text.

    Args:
        what: How the text is called in the message: "the request".
        text: What came in.

    Raises:
        InvalidRequest: It holds a NUL, or half of a surrogate pair.
    """
    flaw = flaw_of(text) if text is not None else None
    if flaw is not None:
        raise InvalidRequest(f"{what} holds {flaw}", hint="Send text in UTF-8, without NUL characters.")


def flaw_of(text: str) -> str | None:
    """Return what keeps a text from being stored, in words that follow "holds"; None for a plain one."""
    if "\0" in text:
        return "a NUL character"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "half a character, which UTF-8 cannot say"
    return None


def made_plain(text: str) -> str:
    """Return a text that can be sent: `?` stands for each character that UTF-8 cannot say."""
    return text if text.isascii() else text.encode(errors="replace").decode()
