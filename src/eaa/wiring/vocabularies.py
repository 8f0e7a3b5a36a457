"""How the models of an installation count tokens."""

from types import MappingProxyType

from eaa.domain.catalogue import Catalogue
from eaa.engine.llm.exact_counts import ExactCounts

_SAMPLE = "def naïve(x): return x + 1  # 数\n"
"""Letters, digits, marks and more than ASCII: what counts this will count a prompt."""


def exact_counts(catalogue: Catalogue) -> ExactCounts:
    """Return what counts for the models that name a vocabulary. Each file is read now, not in the middle of a call.

    Raises:
        InvalidRequest: A file is missing or no vocabulary, or what reads it is not installed.
    """
    vocabulary_of = {model.name: model.vocabulary for model in catalogue.models if model.vocabulary is not None}
    if not vocabulary_of:
        return ExactCounts()
    from eaa.adapters.tokenizers.vocabularies import FileVocabularies

    vocabularies = FileVocabularies()
    for vocabulary in dict.fromkeys(vocabulary_of.values()):
        vocabularies.count(vocabulary, _SAMPLE)
    return ExactCounts(vocabularies, MappingProxyType(vocabulary_of))
