"""Text from outside that we keep: SQLite takes a NUL and Postgres does not, so none comes in."""

from eaa.domain.errors import InvalidRequest
from eaa.kit.plain_text import flaw_of


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
