"""A limit per minute as providers count it: a bucket that is refilled evenly and may be emptied at once."""

from dataclasses import dataclass

MINUTE_S = 60.0
_ROUNDING = 1e-6
_TIGHT_PART = 4
"""A provider's report is of interest when less than this part of its limit is left."""


@dataclass(slots=True)
class Bucket:
    """What is left of a limit. Nothing here reads a clock; `now_s` is monotonic."""

    capacity: float
    per_s: float
    level: float
    """At `at_s`. Below zero after more was used than was asked for."""
    at_s: float
    is_learned: bool = False
    """From a provider's report; forgotten when it is full again."""

    def refill(self, now_s: float) -> None:
        """Bring the level to the present."""
        self.level = min(self.capacity, self.level + (now_s - self.at_s) * self.per_s)
        self.at_s = now_s

    def wait_s(self, amount: float, now_s: float) -> float:
        """Return in how many seconds an amount can be taken; more than the whole bucket waits for a full one."""
        self.refill(now_s)
        lacking = min(amount, self.capacity) - self.level
        return lacking / self.per_s if lacking > _ROUNDING else 0.0

    def is_full(self, now_s: float) -> bool:
        """Return whether nothing is missing."""
        self.refill(now_s)
        return self.level >= self.capacity - _ROUNDING


def bucket_per_minute(limit: int | None, now_s: float) -> Bucket | None:
    """Return a full bucket for a configured limit, or None for none."""
    return None if limit is None else Bucket(limit, limit / MINUTE_S, limit, now_s)


def corrected(
    bucket: Bucket | None, *, limit: int | None, remaining: int | None, reset_s: float | None, now_s: float
) -> Bucket | None:
    """Return the bucket after a provider's report.

    Other processes may use the same key, so a provider that counts less than we do is right. One that counts more has
    not seen our latest calls. A report without trouble ahead makes no bucket.
    """
    if remaining is None:
        return bucket
    if bucket is not None:
        bucket.refill(now_s)
        bucket.level = min(bucket.level, remaining)
        return bucket
    if limit is None:
        # Without its size a bucket is known only when it is empty: one call when the provider says that it is full.
        if remaining > 0 or not reset_s:
            return None
        return Bucket(1, 1 / reset_s, 0, now_s, is_learned=True)
    if limit <= 0 or remaining * _TIGHT_PART > limit:
        return None
    # `reset` is when the bucket is full again (OpenAI, Anthropic, Groq), whatever the length of its window.
    per_s = (limit - remaining) / reset_s if reset_s else limit / MINUTE_S
    return Bucket(limit, per_s, remaining, now_s, is_learned=True)
