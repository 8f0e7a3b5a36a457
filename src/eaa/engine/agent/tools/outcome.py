"""What a tool has to say."""

from dataclasses import dataclass

from eaa.domain.origin import Origin
from eaa.domain.transcript import Ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool's answer."""

    text: str
    """What the model is shown."""
    is_error: bool = False
    exit_code: int | None = None
    whole: str | None = None
    """The whole output, where less is shown."""
    ends: Ended | None = None
    origin: Origin | None = None
    """Of the text, where it comes from outside of the sandbox."""
