"""Vocabularies of models: files by which tokens are counted exactly, without a network."""

from typing import Protocol


class Vocabularies(Protocol):
    """Counts the tokens of texts. A vocabulary is named by the path of its file and loaded when first needed."""

    def count(self, vocabulary: str, text: str) -> int:
        """Return the tokens of a text, without marks that a provider puts around it.

        What cannot be encoded in UTF-8 counts as a question mark. Nothing is kept of the text; counting a long one
        again costs as much as the first time: about a second a megabyte, in which other threads go on. May be called
        from any thread.

        Args:
            vocabulary: Path of its file.
            text: Any text, of any length.

        Raises:
            InvalidRequest: The file is missing, is no vocabulary or cannot count this text, or what reads it is not
                installed; the hint says what to do.
        """
        ...
