"""An answer that cannot be read is a malformed one, whatever keeps it from being read."""

import msgspec
import pytest

from eaa.adapters.models.answer_faults import decoded, decoded_or_none
from eaa.domain.model_errors import AnswerMalformed

ANY = msgspec.json.Decoder()


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff"])
def test_what_cannot_be_read_is_malformed(body: bytes) -> None:
    with pytest.raises(AnswerMalformed, match="the answer is not what the format says"):
        decoded(body, ANY, what="the answer")
    assert decoded_or_none(body, ANY) is None
