"""Text that only one of our databases takes is refused by both, whoever sends it and whatever it is compared with."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, event

from eaa.domain.plain_text import require_plain


def refuse_unplain_text(engine: Engine) -> None:
    """Let statements of an engine raise InvalidRequest, and reach no driver, when a text in them cannot be kept.

    Source: PostgreSQL, "8.3. Character Types": a NUL cannot be stored, checked 2026-11.
    """
    event.listen(engine, "before_cursor_execute", _check)


def _check(_connection: Any, _cursor: Any, _statement: str, parameters: Any, _context: Any, is_many: bool) -> None:
    for row in parameters if is_many else (parameters,):
        for value in _values(row):
            # Nearly every text is short and ASCII, and this runs for each one.
            if isinstance(value, str) and ("\0" in value or not value.isascii()):
                require_plain("what was given", value)


def _values(row: Any) -> Iterable[Any]:
    return row.values() if isinstance(row, Mapping) else row or ()
