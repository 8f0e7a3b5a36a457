"""How long to wait before somebody who could not answer is asked again."""

FIRST_S = 1.0
LONGEST_GROWN_S = 30.0
LONGEST_TOLD_S = 300.0


def pause_before(try_number: int, *, told_s: float | None = None) -> float:
    """Return the seconds to wait before a try.

    Args:
        try_number: 1 for the first one after a failure; the pause doubles with each, up to LONGEST_GROWN_S.
        told_s: What the other side asks for. It counts instead, between FIRST_S and LONGEST_TOLD_S: no answer of
            anybody's makes us ask without a pause, or wait for good.
    """
    if told_s is not None:
        return min(max(told_s, FIRST_S), LONGEST_TOLD_S)
    # A bounded power: two to the number of a very patient caller's tries would be no float any more.
    return min(FIRST_S * 2.0 ** min(try_number - 1, 10), LONGEST_GROWN_S)
