"""Words of an address that no database could keep are told like any other parameter that is wrong."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from eaa.domain.plain_text import flaw_of


async def require_plain_address(request: Request) -> None:
    """Refuse a request whose path or query holds a NUL.

    Raises:
        RequestValidationError: It does; where is in it.
    """
    problems = [{"loc": place, "msg": f"The value holds {flaw}"} for place, flaw in _flaws(request)]
    if problems:
        raise RequestValidationError(problems)


def _flaws(request: Request) -> Iterator[tuple[tuple[str, str], str]]:
    for where, said in (("path", request.path_params.items()), ("query", request.query_params.multi_items())):
        for name, text in said:
            flaw = flaw_of(text)
            if flaw is not None:
                yield (where, name), flaw
