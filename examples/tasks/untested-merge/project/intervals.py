"""Closed intervals of whole numbers."""


def merge(intervals):
    """Return the fewest intervals that cover the same numbers, in order; `(1, 2)` and `(3, 4)` make `(1, 4)`."""
    merged = []
    for first, last in sorted(intervals):
        if last < first:
            raise ValueError((first, last))
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def length(interval):
    """Return how many numbers an interval holds."""
    first, last = interval
    return last - first + 1
