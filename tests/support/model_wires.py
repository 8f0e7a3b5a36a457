"""Routes to models, and streams cut at every byte."""

from eaa.adapters.models.dialect import StreamDecoder, WireDialect
from eaa.domain.completion import (
    CompletionEvent,
    CompletionRequest,
    Message,
    Speaker,
    Text,
)
from eaa.domain.model import Capability, Deadlines, Dialect, Model, Provider
from eaa.domain.secret import Secret
from eaa.ports.models import Route

ALL_BUT_EMBEDDINGS = frozenset(Capability) - {Capability.EMBEDDINGS}


def make_route(
    dialect: Dialect,
    *,
    wire_name: str,
    base_url: str = "https://models.example/v1",
    key: str | None = "the-key",
    capabilities: frozenset[Capability] = ALL_BUT_EMBEDDINGS,
    max_output_tokens: int = 8000,
    **provider: object,
) -> Route:
    """Return a route to a model that can do everything, unless said otherwise."""
    model = Model(
        name="the-model",
        provider="the-provider",
        wire_name=wire_name,
        context_tokens=100_000,
        max_output_tokens=max_output_tokens,
        capabilities=capabilities,
    )
    made = Provider(name="the-provider", dialect=dialect, base_url=base_url, **provider)  # type: ignore[arg-type]
    return Route(model=model, provider=made, key=Secret(key) if key is not None else None, deadlines=Deadlines())


def make_ask(*texts: str, **facts: object) -> CompletionRequest:
    """Return a request of a user who says these texts."""
    message = Message(Speaker.USER, tuple(Text(text) for text in texts or ("Say hello.",)))
    return CompletionRequest(messages=(message,), **facts)  # type: ignore[arg-type]


def events_of(decoder: StreamDecoder, body: bytes, *, piece_bytes: int | None = None) -> list[CompletionEvent]:
    """Return all events of a body that arrives in pieces of this size; None: at once."""
    size = piece_bytes or max(1, len(body))
    events: list[CompletionEvent] = []
    for start in range(0, len(body), size):
        events += decoder.feed(body[start : start + size])
    return events + decoder.end()


def assert_cuts_change_nothing(dialect: WireDialect, body: bytes) -> None:
    """However a stream is cut into pieces, its events are the same."""
    whole = events_of(dialect.decoder({}), body)
    for piece_bytes in (1, 2, 3, 7, 64):
        assert events_of(dialect.decoder({}), body, piece_bytes=piece_bytes) == whole
