"""Random faults over real sockets; `make proof` does the same for ten minutes."""

from tests.support.fault_soak import soak

CALLS = 150


async def test_every_call_is_answered_once_or_fails_with_a_typed_error() -> None:
    soaked = await soak(callers=12, seed=7, goes_on=lambda calls: calls < CALLS)

    assert soaked.wrongs == []
    assert soaked.outcomes.total() == soaked.calls == CALLS
    assert soaked.outcomes["answered"] > CALLS / 2
    assert len(soaked.faults) > 10
