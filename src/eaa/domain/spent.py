"""What models cost, so far as their providers said."""

from dataclasses import dataclass, field
from typing import Self

from eaa.domain.completion import TokenUsage
from eaa.domain.evidence import TokenCount


@dataclass(frozen=True, slots=True)
class Spent:
    """Money and tokens; all zero without a model."""

    cost_microusd: int = 0
    """Of answers whose price is known."""
    tokens: TokenCount = field(default_factory=TokenCount)

    def __add__(self, other: Self) -> "Spent":
        one, two = self.tokens, other.tokens
        return Spent(
            self.cost_microusd + other.cost_microusd,
            TokenCount(one.input + two.input, one.cached_input + two.cached_input, one.output + two.output),
        )


def spent_on(usage: TokenUsage | None, cost_microusd: int | None) -> Spent:
    """Return what one answer cost; an unknown price counts as nothing here, the budget holds it by tokens."""
    counted = usage or TokenUsage()
    return Spent(
        cost_microusd or 0,
        TokenCount(
            input=counted.prompt_tokens,
            cached_input=counted.cached_input_tokens,
            output=counted.output_tokens,
        ),
    )
