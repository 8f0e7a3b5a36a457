"""Text that everything can keep and send: no NUL, which Postgres does not take, and nothing that UTF-8 cannot say."""


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
