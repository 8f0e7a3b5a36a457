"""JSON as it is sent."""

from collections.abc import Mapping

import orjson

from eaa.domain.model_errors import RequestRefused


def encoded(body: Mapping[str, object]) -> bytes:
    """Return the JSON.

    Raises:
        RequestRefused: A text holds half of a surrogate pair, which no JSON can carry.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise RequestRefused(f"the request cannot be written as JSON: {error}") from error
