"""How long to wait between rounds: full jitter, so that callers who failed together do not come back together."""

FIRST_S = 0.5
MOST_S = 10.0
_MOST_DOUBLINGS = 16


def backoff_s(round_number: int, *, random: float) -> float:
    """Return seconds to wait after a round in which everybody failed.

    Args:
        round_number: 0 after the first round.
        random: Evenly drawn from [0, 1).

    Source: AWS Architecture Blog, "Exponential Backoff And Jitter", checked 2026-11.
    """
    return random * min(FIRST_S * 2.0 ** min(round_number, _MOST_DOUBLINGS), MOST_S)
