"""One POST to a provider, put together from its route."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode

import orjson

from eaa.adapters.models.dialect import WireRequest
from eaa.domain.completion import CompletionRequest, Image
from eaa.domain.model import Capability
from eaa.domain.model_errors import RequestRefused
from eaa.ports.models import Route


def post(
    route: Route, path: str, body: bytes, *, proof: Mapping[str, str], query: tuple[tuple[str, str], ...] = ()
) -> WireRequest:
    """Return the POST of `body` to `path` below the provider's address.

    `path` begins with a slash and is quoted already; `proof` are headers that prove who we are and win over the
    provider's own; the provider's own query follows `query`.
    """
    headers = {"Content-Type": "application/json", **dict(route.provider.headers), **proof}
    return WireRequest(url=address(route, path, query=query), headers=headers, body=body)


def address(route: Route, path: str, *, query: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the whole address of `path` below the provider's."""
    url = route.provider.base_url.rstrip("/") + path
    pairs = (*query, *route.provider.query)
    return f"{url}?{urlencode(pairs)}" if pairs else url


def path_part(name: str) -> str:
    """Return a name as one part of a path; what means something in an address is quoted."""
    return quote(name, safe="")


def revealed_key(route: Route) -> str:
    """Return the key to show, empty when there is none."""
    return route.key.reveal() if route.key is not None else ""


def output_limit(request: CompletionRequest, route: Route) -> int:
    """Return how many tokens may be written: what was asked, at most what the model can."""
    return min(request.max_output_tokens or route.model.max_output_tokens, route.model.max_output_tokens)


def refuse_unseen_images(request: CompletionRequest, route: Route) -> None:
    """Raise unless the model can see whatever pictures the request holds.

    Raises:
        RequestRefused: It holds a picture and the model has no eyes.
    """
    if Capability.IMAGES in route.model.capabilities:
        return
    if any(isinstance(part, Image) for message in request.messages for part in message.parts):
        raise RequestRefused(
            "the request holds an image and this model sees none",
            model=route.model.name,
            hint="Choose a model with the capability `images`, or leave the picture out.",
        )


@lru_cache(maxsize=512)
def parsed_schema(text: str, *, of: str) -> object:
    """Return a JSON Schema as values; kept, because the same few go out with each call. Nobody changes them.

    Raises:
        RequestRefused: It is not JSON, or not an object.
    """
    try:
        schema: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestRefused(f"the JSON Schema of {of} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise RequestRefused(f"the JSON Schema of {of} is not an object")
    return schema


def parsed_opaque(text: str) -> dict[str, object]:
    """Return what a provider wrote into a thought for itself, which its caller was to keep as it is.

    Raises:
        RequestRefused: It is no object any more.
    """
    try:
        opaque: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestRefused(f"`opaque` of a thought is not what the provider wrote: {error}") from error
    if not isinstance(opaque, dict):
        raise RequestRefused("`opaque` of a thought is not what the provider wrote: it is no object")
    return opaque


def parsed_arguments(text: str) -> dict[str, object]:
    """Return a call's arguments as values, for formats that take nothing else.

    What a model wrote may be no JSON. It is kept, under a name of its own, so that the model sees what it did.
    """
    try:
        arguments: object = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {"malformed_json": text}
    return arguments if isinstance(arguments, dict) else {"malformed_json": text}
