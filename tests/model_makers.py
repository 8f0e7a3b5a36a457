"""Models, routes and requests for tests; each maker needs only what matters to its test."""

from eaa.domain.completion import CompletionRequest, Message, Part, Speaker, Text
from eaa.domain.model import Capability, Deadlines, Dialect, Model, Prices, Provider
from eaa.domain.secret import Secret
from eaa.ports.models import Route

EVERYTHING = frozenset(Capability)
SMALL_DEADLINES = Deadlines(connect_s=5.0, first_byte_s=0.2, idle_s=0.2, total_s=20.0)


def make_model(
    *,
    name: str = "loop",
    provider: str = "loopback",
    wire_name: str = "loop-1",
    capabilities: frozenset[Capability] = EVERYTHING,
    max_output_tokens: int = 4096,
    prices: Prices | None = None,
) -> Model:
    """Make a model."""
    return Model(
        name=name,
        provider=provider,
        wire_name=wire_name,
        context_tokens=128_000,
        max_output_tokens=max_output_tokens,
        capabilities=capabilities,
        prices=prices,
    )


def make_route(
    *,
    base_url: str = "http://127.0.0.1:9/v1",
    dialect: Dialect = Dialect.OPENAI,
    key: str | None = "sk-loopback",
    model: Model | None = None,
    deadlines: Deadlines | None = None,
    options: tuple[tuple[str, str], ...] = (),
    query: tuple[tuple[str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
    ca_file: str | None = None,
    proxy: str | None = None,
) -> Route:
    """Make a route to a model."""
    provider = Provider(
        name="loopback",
        dialect=dialect,
        base_url=base_url,
        options=options,
        query=query,
        headers=headers,
        ca_file=ca_file,
        proxy=proxy,
    )
    return Route(
        model=model or make_model(),
        provider=provider,
        key=None if key is None else Secret(key),
        deadlines=deadlines or Deadlines(),
    )


def ask(*parts: Part | str) -> CompletionRequest:
    """Make a request with one message of the user."""
    return CompletionRequest(messages=(user(*parts or ("Hello",)),))


def system(text: str) -> Message:
    """Make an instruction."""
    return Message(Speaker.SYSTEM, (Text(text),))


def user(*parts: Part | str) -> Message:
    """Make something that the user says."""
    return Message(Speaker.USER, tuple(Text(part) if isinstance(part, str) else part for part in parts))


def assistant(*parts: Part | str) -> Message:
    """Make something that the model said."""
    return Message(Speaker.ASSISTANT, tuple(Text(part) if isinstance(part, str) else part for part in parts))
