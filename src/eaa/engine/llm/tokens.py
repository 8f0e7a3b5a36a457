"""How many tokens a prompt has, told without a network.

A model with a vocabulary has its words counted and only what stands around them is learned; for any other the tokens
of a byte are learned, and each real answer makes the estimate better.
"""

import logging
from dataclasses import dataclass, field

from eaa.domain.completion import CompletionRequest
from eaa.engine.llm.exact_counts import ExactCounts
from eaa.engine.llm.frames import Frames, moved
from eaa.engine.llm.prompt_size import PromptSize, bytes_of, measure

START_TOKENS_PER_BYTE = 1 / 3.6
"""English and code, before a model has told its own counts."""
MOST_TOKENS_PER_BYTE = 1.0
LEAST_TOKENS_PER_BYTE = 0.05
_MARGIN = 1.2
_SMALLEST_LESSON_BYTES = 400
_MOST_UNEXPLAINED = 0.15
"""A provider that counts so many more tokens than the words have, and not by frames, has another vocabulary."""
_MOST_HIDDEN_TOKENS = 4096
"""A gateway may put instructions of its own before a prompt."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class TokenEstimator:
    """Tokens of texts and requests for each model. One a process; forgets what it learned at its end."""

    exact: ExactCounts = field(default_factory=ExactCounts)
    _per_byte: dict[str, float] = field(default_factory=dict)
    _frames: dict[str, Frames] = field(default_factory=dict)
    """Of models with a vocabulary."""
    _unfit: set[str] = field(default_factory=set)
    """Models whose vocabulary turned out to be another's; they are estimated."""

    def tokens_of_text(self, text: str, *, model: str = "") -> int:
        """Return the tokens of a text, at least as likely too many as too few where they are estimated."""
        counted = None if model in self._unfit else self.exact.of_text(text, model=model)
        return counted if counted is not None else round(bytes_of(text) * self._rate(model)) + 1

    def prompt_tokens(self, request: CompletionRequest, *, model: str = "") -> int:
        """Return the tokens of a request, an estimate but for the words of a model with a vocabulary."""
        return self.tokens_for(measure(request), model=model)

    def tokens_for(self, size: PromptSize, *, model: str) -> int:
        """Return the tokens of a measured request for any model.

        Raises:
            InvalidRequest: The model's vocabulary cannot be used.
        """
        counted = self._counted(size, model)
        if counted is None:
            return round(size.text_bytes * self._rate(model)) + size.usual_frame_tokens
        return max(counted + self._frames_of(model).tokens(size), 1)

    def counts_exactly(self, model: str) -> bool:
        """Return whether a model's words are counted."""
        return model in self.exact.vocabulary_of and model not in self._unfit

    def at_most(self, size: PromptSize, *, model: str, tokens: int) -> int:
        """Return what a request of so many tokens should be taken for where money is reserved.

        That is a fifth more, and a little; where the words are counted and what stands around them is known, only
        that around them counts for a fifth more.
        """
        counted = self._counted(size, model)
        if counted is None or not self._frames_of(model).knows(size):
            return round(tokens * _MARGIN) + 32
        return tokens + round(max(tokens - counted, 0) * (_MARGIN - 1)) + 32

    def learn(self, size: PromptSize, *, model: str, prompt_tokens: int) -> None:
        """Take in what a provider counted for a request.

        For a model that is estimated, short prompts teach nothing: what stands around them weighs too much.
        """
        counted = self._counted(size, model)
        if counted is not None:
            if self._fits(size, model, counted=counted, prompt_tokens=prompt_tokens):
                self._frames_of(model).learn(size, tokens=prompt_tokens - counted)
                return
            self._mistrust(model)
        words = prompt_tokens - size.usual_frame_tokens
        if size.text_bytes < _SMALLEST_LESSON_BYTES or words <= 0:
            return
        seen = min(max(words / size.text_bytes, LEAST_TOKENS_PER_BYTE), MOST_TOKENS_PER_BYTE)
        self._per_byte[model] = moved(self._per_byte.get(model), seen)

    def _counted(self, size: PromptSize, model: str) -> int | None:
        # Asked several times in every call to a model, of which few have a vocabulary.
        if model not in self.exact.vocabulary_of or model in self._unfit:
            return None
        return self.exact.of_words(size, model=model)

    def _frames_of(self, model: str) -> Frames:
        return self._frames.setdefault(model, Frames())

    def _rate(self, model: str) -> float:
        return self._per_byte.get(model, START_TOKENS_PER_BYTE)

    def _fits(self, size: PromptSize, model: str, *, counted: int, prompt_tokens: int) -> bool:
        known = self._frames_of(model).tokens(size)
        unexplained = prompt_tokens - counted - max(known, 0)
        return size.has_images or unexplained <= max(_MOST_HIDDEN_TOKENS, _MOST_UNEXPLAINED * counted)

    def _mistrust(self, model: str) -> None:
        self._unfit.add(model)
        self._frames.pop(model, None)
        _log.warning(
            "the vocabulary of model %s in models.toml is not the one its provider counts by; tokens are estimated",
            model,
        )
