"""What calls cost, always rounded up to whole micro-dollars."""

from eaa.domain.budget import Amount, require_amount
from eaa.domain.completion import TokenUsage
from eaa.domain.model import MILLION, Model, Prices

UNPRICED_TOKENS_A_DOLLAR = 100_000
"""How many tokens of unknown price a dollar stands for: ten dollars a million, dearer than most."""


def amount_of_usd(usd: float) -> Amount:
    """Return a limit in dollars, with a cap of tokens for models whose price nobody knows.

    Raises:
        InvalidRequest: It is no amount.
    """
    require_amount(usd)
    return Amount(cost_microusd=round(usd * MILLION), unpriced_tokens=round(usd * UNPRICED_TOKENS_A_DOLLAR))


def cost_microusd(usage: TokenUsage, prices: Prices) -> int:
    """Return what these tokens cost."""
    cached = prices.input_microusd if prices.cached_input_microusd is None else prices.cached_input_microusd
    written = prices.input_microusd if prices.cache_write_microusd is None else prices.cache_write_microusd
    millionths = (
        usage.input_tokens * prices.input_microusd
        + usage.cached_input_tokens * cached
        + usage.cache_write_tokens * written
        + usage.output_tokens * prices.output_microusd
    )
    return -(-millionths // MILLION)


def worst_amount(model: Model, *, prompt_tokens: int, output_tokens: int) -> Amount:
    """Return the most that a call may cost: nothing read from a cache, all of the prompt written to one."""
    if model.prices is None:
        return Amount(unpriced_tokens=prompt_tokens + output_tokens)
    prices = model.prices
    dearest_input = max(prices.input_microusd, prices.cache_write_microusd or 0)
    millionths = prompt_tokens * dearest_input + output_tokens * prices.output_microusd
    return Amount(cost_microusd=-(-millionths // MILLION))


def amount_of(model: Model, usage: TokenUsage) -> Amount:
    """Return what a call did cost; tokens where the price is not known."""
    if model.prices is None:
        return Amount(unpriced_tokens=usage.total_tokens)
    return Amount(cost_microusd=cost_microusd(usage, model.prices))


def affordable_output_tokens(model: Model, *, prompt_tokens: int, room: Amount) -> int:
    """Return how many tokens of answer a room pays for after the prompt; may be negative."""
    if model.prices is None:
        return room.unpriced_tokens - prompt_tokens
    prices = model.prices
    dearest_input = max(prices.input_microusd, prices.cache_write_microusd or 0)
    left = room.cost_microusd * MILLION - prompt_tokens * dearest_input
    if prices.output_microusd <= 0:
        return model.max_output_tokens if left >= 0 else -1
    return left // prices.output_microusd
