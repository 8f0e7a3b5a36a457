"""Requests and tokens a minute, by provider and key: a call waits its turn where a provider would refuse it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from eaa.domain.completion import RateReport
from eaa.domain.model import Provider
from eaa.engine.llm.buckets import Bucket, bucket_per_minute, corrected
from eaa.engine.llm.fair_queue import FairQueue, Waiter
from eaa.ports.clock import Clock
from eaa.ports.rates import Taken

SHORT_WAIT_S = 2.0
"""So long is waited for a model; for longer than that another one is asked, if there is any."""
_LOOK_AGAIN_S = 1.0
"""Calls that used less than they reserved make room before it was due."""
_LEAST_SLEEP_S = 0.001


@dataclass(slots=True)
class _Meter:
    """One key's limits and who waits for them."""

    requests: Bucket | None
    tokens: Bucket | None
    queue: FairQueue = field(default_factory=FairQueue)
    letting_in: "asyncio.Task[None] | None" = None

    def wait_s(self, *, calls: int, tokens: int, now_s: float) -> float:
        """Return in how many seconds so many calls, the last of which has so many tokens, can have gone."""
        for_requests = 0.0 if self.requests is None else _wait_s(self.requests, calls, 1, now_s)
        for_tokens = 0.0 if self.tokens is None else _wait_s(self.tokens, calls, tokens, now_s)
        return max(for_requests, for_tokens)

    def take(self, *, calls: int, tokens: int) -> None:
        """Use some of both limits; negative numbers give back."""
        if self.requests is not None:
            self.requests.level -= calls
        if self.tokens is not None:
            self.tokens.level = min(self.tokens.capacity, self.tokens.level - min(tokens, self.tokens.capacity))

    def forget_what_is_full(self, now_s: float) -> None:
        """Drop what was learned and is no trouble any more."""
        if self.requests is not None and self.requests.is_learned and self.requests.is_full(now_s):
            self.requests = None
        if self.tokens is not None and self.tokens.is_learned and self.tokens.is_full(now_s):
            self.tokens = None


@dataclass(slots=True)
class RateLimits:
    """All keys' limits in this process, those of `models.toml` and those that providers told. One a process."""

    _meters: dict[str, _Meter] = field(default_factory=dict)
    """By the cooldown subject of a key; only of keys with a limit."""

    def is_free(self, key: str, provider: Provider) -> bool:
        """Return whether nothing limits a key: what is asked before each call, without reading a clock."""
        if key in self._meters:
            return False
        return provider.requests_per_minute is None and provider.tokens_per_minute is None

    def wait_s(self, key: str, provider: Provider, *, tokens: int, run: str, is_batch: bool, now_s: float) -> float:
        """Return about how long one more call would wait, behind those who wait already. Nothing is taken."""
        meter = self._meter(key, provider, now_s)
        if meter is None:
            return 0.0
        ahead = meter.queue.ahead_of(run, is_batch=is_batch)
        return meter.wait_s(calls=ahead + 1, tokens=tokens, now_s=now_s)

    def take_at_once(self, key: str, provider: Provider, *, tokens: int, now_s: float) -> bool:
        """Take what a call needs if nobody waits and it is there; return False when it must `wait`."""
        meter = self._meter(key, provider, now_s)
        if meter is None:
            return True
        if meter.queue.first() is not None or meter.wait_s(calls=1, tokens=tokens, now_s=now_s) > 0:
            return False
        meter.take(calls=1, tokens=tokens)
        return True

    async def wait(
        self,
        key: str,
        *,
        tokens: int,
        run: str,
        is_batch: bool,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Wait for one's turn and take what the call needs, after `take_at_once` said no."""
        meter = self._meters[key]
        waiter = meter.queue.join(run, is_batch=is_batch, tokens=tokens)
        if meter.letting_in is None:
            meter.letting_in = asyncio.ensure_future(_let_in(meter, clock=clock, sleep=sleep))
        try:
            await waiter.place
        except asyncio.CancelledError:
            _left(meter, waiter)
            raise

    def settle(self, key: str, *, taken_tokens: int, used_tokens: int) -> None:
        """Give back what a call took and did not use, or take what it used beyond that."""
        meter = self._meters.get(key)
        if meter is not None:
            meter.take(calls=0, tokens=used_tokens - taken_tokens)

    def give_back(self, key: str, *, tokens: int) -> None:
        """Undo a taking: the call does not go."""
        meter = self._meters.get(key)
        if meter is not None:
            meter.take(calls=-1, tokens=-tokens)

    def heard(self, key: str, taken: Taken, *, now_s: float) -> None:
        """Take in what all processes together have left of a key's limits."""
        meter = self._meters.get(key)
        if meter is not None:
            _lower(meter.requests, taken.requests_left, now_s)
            _lower(meter.tokens, taken.tokens_left, now_s)

    def learn(self, key: str, report: RateReport, *, now_s: float) -> None:
        """Take in what a provider's headers say is left."""
        meter = self._meters.get(key)
        requests = corrected(
            meter.requests if meter is not None else None,
            limit=report.limit_requests,
            remaining=report.remaining_requests,
            reset_s=report.requests_reset_s,
            now_s=now_s,
        )
        tokens = corrected(
            meter.tokens if meter is not None else None,
            limit=report.limit_tokens,
            remaining=report.remaining_tokens,
            reset_s=report.tokens_reset_s,
            now_s=now_s,
        )
        if meter is not None:
            meter.requests, meter.tokens = requests, tokens
        elif requests is not None or tokens is not None:
            self._meters[key] = _Meter(requests, tokens)

    def _meter(self, key: str, provider: Provider, now_s: float) -> _Meter | None:
        """Return a key's meter, or None when nothing limits it."""
        meter = self._meters.get(key)
        if meter is None:
            if self.is_free(key, provider):
                return None
            meter = self._meters[key] = _Meter(
                bucket_per_minute(provider.requests_per_minute, now_s),
                bucket_per_minute(provider.tokens_per_minute, now_s),
            )
        meter.forget_what_is_full(now_s)
        if meter.requests is None and meter.tokens is None and meter.letting_in is None:
            del self._meters[key]
            return None
        return meter


async def _let_in(meter: _Meter, *, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Let waiting callers in as the limits allow, until nobody waits."""
    while (waiter := meter.queue.first()) is not None:
        wait_s = meter.wait_s(calls=1, tokens=waiter.tokens, now_s=clock.monotonic_s())
        if wait_s > 0:
            await sleep(min(max(wait_s, _LEAST_SLEEP_S), _LOOK_AGAIN_S))
            continue
        meter.queue.take()
        meter.take(calls=1, tokens=waiter.tokens)
        waiter.place.set_result(None)
    meter.letting_in = None


def _left(meter: _Meter, waiter: Waiter) -> None:
    """Give back the turn of a caller who is cancelled; the last one to leave ends the letting in."""
    if waiter.place.done() and not waiter.place.cancelled():
        meter.take(calls=-1, tokens=-waiter.tokens)
    if meter.queue.first() is None and meter.letting_in is not None:
        meter.letting_in.cancel()
        meter.letting_in = None


def _lower(bucket: Bucket | None, left: float | None, now_s: float) -> None:
    if bucket is not None and left is not None:
        bucket.refill(now_s)
        bucket.level = min(bucket.level, left)


def _wait_s(bucket: Bucket, calls: int, each: int, now_s: float) -> float:
    """Return in how many seconds so many amounts can be taken, one after the other."""
    last_s = bucket.wait_s(each, now_s)
    return last_s if calls == 1 else max(last_s, (calls * each - bucket.level) / bucket.per_s)
