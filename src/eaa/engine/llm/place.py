"""A place within a key's limits a minute: this process's own view of them first, then what all processes share."""

from eaa.domain.ask import Ask
from eaa.domain.model import Provider
from eaa.domain.model_errors import RateLimited
from eaa.engine.llm.course import Turn
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.rates import SHORT_WAIT_S
from eaa.ports.rates import Limits


async def wait_for_rates(ask: Ask, turn: Turn, *, tokens: int, desk: LlmDesk) -> None:
    """Take what a call needs of its key's limits, once they have room.

    Raises:
        RateLimited: Other processes have used so much that it would take long; nothing is taken, nothing was sent.
    """
    key, provider = turn.key_name, turn.route.provider
    while True:
        if not desk.rates.take_at_once(key, provider, tokens=tokens, now_s=desk.clock.monotonic_s()):
            await desk.rates.wait(
                key, tokens=tokens, run=ask.run, is_batch=ask.is_batch, clock=desk.clock, sleep=desk.sleep
            )
        if await _is_granted(turn, tokens=tokens, desk=desk):
            return
        # The view of this process is right now; with it the wait is either short, or for others to decide about.
        now_s = desk.clock.monotonic_s()
        wait_s = desk.rates.wait_s(key, provider, tokens=tokens, run=ask.run, is_batch=ask.is_batch, now_s=now_s)
        if wait_s > SHORT_WAIT_S:
            raise RateLimited("other processes have used up the limit of this minute", retry_after_s=wait_s)


async def settle_rates(turn: Turn, *, taken_tokens: int, used_tokens: int, desk: LlmDesk) -> None:
    """Give back what a call took and did not use, or take what it used beyond that."""
    desk.rates.settle(turn.key_name, taken_tokens=taken_tokens, used_tokens=used_tokens)
    limits = _limits(turn.route.provider)
    if desk.shared_rates is not None and limits.are_any:
        tokens = used_tokens - min(taken_tokens, limits.tokens_per_minute or taken_tokens)
        await desk.shared_rates.settle(turn.key_name, limits, tokens=tokens, now_s=desk.now_s())


async def _is_granted(turn: Turn, *, tokens: int, desk: LlmDesk) -> bool:
    """Return whether all processes together have room; if not, nothing is taken here either."""
    limits = _limits(turn.route.provider)
    if desk.shared_rates is None or not limits.are_any:
        return True
    try:
        taken = await desk.shared_rates.take(turn.key_name, limits, tokens=tokens, now_s=desk.now_s())
    except BaseException:
        desk.rates.give_back(turn.key_name, tokens=tokens)
        raise
    if taken is None:
        return True
    if not taken.is_taken:
        desk.rates.give_back(turn.key_name, tokens=tokens)
    desk.rates.heard(turn.key_name, taken, now_s=desk.clock.monotonic_s())
    return taken.is_taken


def _limits(provider: Provider) -> Limits:
    return Limits(provider.requests_per_minute, provider.tokens_per_minute)
