"""Vocabularies as tokenizer files in Hugging Face's format; the library is loaded when the first one is needed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from eaa.domain.errors import InvalidRequest
from eaa.ports.vocabularies import Vocabularies

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_NO_LIBRARY_HINT = "pip install 'eaa[tokens]', or take the line out: tokens are estimated then."
_FILE_HINT = "Give the path of a tokenizer.json (Hugging Face's format), or take the line out of models.toml."


class FileVocabularies(Vocabularies):
    """Keeps each file that was read for as long as the process lives; a changed file needs a restart."""

    def __init__(self) -> None:
        self._read: dict[str, Tokenizer] = {}

    @override
    def count(self, vocabulary: str, text: str) -> int:
        tokenizer = self._read.get(vocabulary)
        if tokenizer is None:
            tokenizer = self._read[vocabulary] = _read(vocabulary)
        encodable = text if text.isascii() else text.encode(errors="replace").decode()
        try:
            # Without the marks that it would put before a text by itself. Of its methods only those for batches let
            # other threads run meanwhile.
            return len(tokenizer.encode_batch_fast([encodable], add_special_tokens=False)[0].ids)
        except Exception as error:  # the library raises nothing narrower
            raise InvalidRequest(
                f"the vocabulary {vocabulary} cannot count a text: {error}", hint=_FILE_HINT
            ) from error


def _read(vocabulary: str) -> "Tokenizer":
    try:
        content = Path(vocabulary).read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"the vocabulary {vocabulary} cannot be read: {error.strerror or error}", hint=_FILE_HINT
        ) from error
    try:
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"a model of models.toml names the vocabulary {vocabulary}, and what reads it is not installed",
            hint=_NO_LIBRARY_HINT,
        ) from error
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except Exception as error:  # the library raises nothing narrower
        raise InvalidRequest(f"{vocabulary} is not a tokenizer file: {error}", hint=_FILE_HINT) from error
    # Its own threads would gain nothing for one text, and it warns about them in every process that is forked later.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # A file may say that texts are cut or filled up to one length, which is for training and would falsify counts.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
