"""Which wire format is spoken how."""

from collections.abc import Mapping
from typing import Final

from eaa.adapters.models.dialect import WireDialect
from eaa.adapters.models.openai_chat import OpenAiChat
from eaa.domain.model import Dialect

DIALECTS: Final[Mapping[Dialect, WireDialect]] = {
    Dialect.OPENAI: OpenAiChat(),
}
