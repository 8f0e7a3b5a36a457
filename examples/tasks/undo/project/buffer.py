"""A text that is edited in place."""


class Buffer:
    """Characters in a row; positions count from 0."""

    def __init__(self, text=""):
        self._text = text

    @property
    def text(self):
        """The text as it is now."""
        return self._text

    def insert(self, position, text):
        """Put a text before the character at a position."""
        self._check(position)
        self._text = self._text[:position] + text + self._text[position:]

    def delete(self, position, length):
        """Take characters out, as many as there are."""
        self._check(position)
        self._text = self._text[:position] + self._text[position + length :]

    def _check(self, position):
        if not 0 <= position <= len(self._text):
            raise IndexError(position)
