"""Language models and who serves them."""

from dataclasses import dataclass, field
from enum import StrEnum

MILLION = 1_000_000


class Dialect(StrEnum):
    """The wire format a provider speaks."""

    OPENAI = "openai"
    """Chat completions, as OpenAI, Azure, OpenRouter, vLLM, Ollama, DeepSeek, Groq and Mistral take them."""
    RESPONSES = "openai-responses"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    BEDROCK = "bedrock"
    """Anthropic and other models behind AWS Bedrock's Converse interface, requests signed with SigV4."""
    VERTEX = "vertex"
    """Gemini's format behind Google Cloud's Vertex AI, short-lived tokens from a service account."""


class Capability(StrEnum):
    """What a model can do."""

    CHAT = "chat"
    TOOLS = "tools"
    IMAGES = "images"
    JSON_SCHEMA = "json-schema"
    """Answers held to a JSON schema by the provider itself; without it the schema goes into the prompt."""
    REASONING = "reasoning"
    """Takes an effort."""
    PROMPT_CACHE = "prompt-cache"
    """Takes marks where a cached prefix may end."""
    EMBEDDINGS = "embeddings"


class Locality(StrEnum):
    """Where a model runs."""

    CLOUD = "cloud"
    ON_PREMISE = "on-premise"
    """On machines of the organisation; the only place for sensitive work."""


class Tier(StrEnum):
    """How strong a model is, in the installation's own judgement."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class Sensitivity(StrEnum):
    """Where a text may go."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    """Never to a cloud, not even when everything else is down."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in micro-dollars. One dollar a million is one micro-dollar a token."""

    input_microusd: int
    output_microusd: int
    cached_input_microusd: int | None = None
    """Input read from the provider's prompt cache; None: as dear as other input."""
    cache_write_microusd: int | None = None
    """Input written to the provider's prompt cache; None: as dear as other input."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of `models.toml`."""

    name: str
    """Its name in this installation, unique."""
    provider: str
    wire_name: str
    """What the provider calls it; for Azure the deployment's name."""
    context_tokens: int
    """Prompt and answer together."""
    max_output_tokens: int
    capabilities: frozenset[Capability]
    prices: Prices | None = None
    """None: nobody knows, so a token cap holds in place of a price (never "free")."""
    tier: Tier = Tier.MEDIUM
    locality: Locality = Locality.CLOUD
    domains: frozenset[str] = frozenset()
    """Fields it was tuned for, such as `sql` or `verilog`; preferred for work of that field."""
    typical_latency_s: float | None = None
    """Usual seconds to a whole answer; None: unknown."""
    vocabulary: str | None = None
    """Path of the tokenizer file by which its provider counts; None: tokens are estimated."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait for what, in seconds."""

    connect_s: float = 10.0
    first_byte_s: float = 60.0
    """From the request's last byte to the first byte of the answer's body."""
    idle_s: float = 60.0
    """Between two pieces of a stream; nothing but keep-alives is waited out for twice as long, not longer."""
    total_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Provider:
    """An address that serves models, and how to talk to it."""

    name: str
    dialect: Dialect
    base_url: str
    """Up to and with the version part: `https://api.openai.com/v1`."""
    key_environment: str | None = None
    """Environment variable that holds its key or, separated by commas, its keys."""
    key_command: tuple[str, ...] = ()
    """A helper program that prints a key, run again when a key is refused; its words, not a shell's line."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with each request; no secrets."""
    query: tuple[tuple[str, str], ...] = ()
    """Added to each address, such as Azure's `api-version`."""
    options: tuple[tuple[str, str], ...] = ()
    """What only its dialect understands: `region`, `project`, `auth` (`bearer`, `api-key`, `none`)."""
    ca_file: str | None = None
    """Certificates to trust in place of the system's."""
    proxy: str | None = None
    """Address of an HTTP proxy."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    parallel_requests: int = 64
    """With each key."""
    parallel_requests_per_organisation: int | None = None
    """Of these, how many one organisation may have; None: as many as are free."""
    deadlines: Deadlines = field(default_factory=Deadlines)

    def option(self, name: str, default: str = "") -> str:
        """Return an option of the dialect, or the default."""
        for known, value in self.options:
            if known == name:
                return value
        return default
