"""What a caller sends on for a provider, and is not what the provider wrote, is refused and never a fault of ours."""

import pytest

from eaa.adapters.models.post import parsed_opaque
from eaa.domain.model_errors import RequestRefused


@pytest.mark.parametrize("opaque", ["{", "[]", '{"a":' * 100_000, '{"a": "\ud800"}'])
def test_a_thought_that_is_no_providers_any_more_is_refused(opaque: str) -> None:
    with pytest.raises(RequestRefused, match="not what the provider wrote"):
        parsed_opaque(opaque)
