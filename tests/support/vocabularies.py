"""Small vocabularies, made by the library itself out of this repository's text."""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

ROOT = Path(__file__).parents[2]


def make_vocabulary(path: Path, *, size: int = 1_000) -> Tokenizer:
    """Train a vocabulary of bytes and pairs, write its file, and return it as the library knows it.

    As with many real ones, the file adds a mark before each text when it is asked to.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        special_tokens=["<s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_texts(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.save(str(path))
    return tokenizer


def _texts() -> Iterator[str]:
    for path in sorted((ROOT / "src" / "eaa" / "engine" / "llm").glob("*.py")):
        yield path.read_text(encoding="utf-8")
    yield (ROOT / "README.md").read_text(encoding="utf-8")
