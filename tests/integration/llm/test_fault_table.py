"""Every fault of a provider, over real sockets, through the orchestrator: another model answers, or a typed error."""

import pytest

from tests.support.fault_table import FaultCase, alone, cases, with_another_model

pytestmark = pytest.mark.parametrize(
    ("case", "dialect", "way"), cases(), ids=lambda value: value.name if isinstance(value, FaultCase) else value
)


async def test_another_model_answers_whole_and_once(case: FaultCase, dialect: str, way: str) -> None:
    finding = await with_another_model(case, dialect, way)

    assert finding.wrongs == ()
    assert finding.reaction == "failed over"


async def test_without_another_model_the_error_says_what_happened(case: FaultCase, dialect: str, way: str) -> None:
    finding = await alone(case, dialect, way)

    assert finding.wrongs == ()
    assert finding.reaction == case.error.code
