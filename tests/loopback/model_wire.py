"""What a loopback model server is made of: requests as they arrive, scripted answers, and the shape of one dialect."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Received:
    """One request as it came over the socket."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names are lower case."""
    body: bytes

    def content(self) -> Any:
        """Return the JSON of the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One whole response."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Call:
    """A tool call that the model makes."""

    name: str
    arguments_json: str = "{}"
    id: str = "call_1"


@dataclass(frozen=True)
class Scripted:
    """An answer, the same for every dialect; each shape says it in its own words."""

    text: str = "Hello from the loopback model."
    thoughts: str = ""
    calls: tuple[Call, ...] = ()
    stop: str = "end"
    """`end`, `length`, `content filter`, `refusal` or `stop sequence`; calls end with calls."""
    input_tokens: int = 12
    """Without the cached ones."""
    cached_tokens: int = 0
    output_tokens: int = 7
    reasoning_tokens: int = 0
    model: str = "loop-1"
    headers: tuple[tuple[str, str], ...] = ()

    def pieces(self) -> list[str]:
        """Return the text as a stream gives it: word by word."""
        return re.findall(r"\S+\s*|\s+", self.text)


class Shape(Protocol):
    """How one dialect says things."""

    stream_type: str = "text/event-stream"
    """Content type of its streams."""

    def is_stream(self, received: Received) -> bool:
        """Whether a stream is asked for."""
        ...

    def key(self, received: Received) -> str:
        """Return the key that is shown, empty for none."""
        ...

    def model(self, received: Received) -> str:
        """Return the model that is asked for."""
        ...

    def complaint(self, received: Received) -> str:
        """Return what the official description forbids about a completion request, empty when it is right."""
        ...

    def whole(self, scripted: Scripted, received: Received) -> Reply:
        """Return the whole answer."""
        ...

    def events(self, scripted: Scripted, received: Received) -> list[bytes]:
        """Return the answer as a stream, one item a wire event, with all the bytes that belong to it."""
        ...

    def keep_alive(self) -> bytes:
        """Return what the provider sends while it has nothing to say."""
        return b": keep-alive\n\n"

    def broken_event(self) -> bytes:
        """Return an event that nobody can read."""
        return b'data: {"cut": \n\n'

    def huge_event(self, size_bytes: int) -> bytes:
        """Return an event of at least so many bytes that may or may not have an end."""
        return b"data: " + b"x" * size_bytes

    def error(self, kind: str, detail: str = "") -> Reply:
        """Return the provider's response to one kind of trouble; the kinds are in `model_faults.KINDS`."""
        ...


@dataclass(frozen=True)
class Endpoint:
    """One address of the server."""

    method: str
    path: re.Pattern[str]
    """Must match the whole path."""
    shape: Shape
    plain: Callable[[Received], Reply] | None = None
    """Answers by itself what is no completion; None: a completion."""


@dataclass
class Journal:
    """What happened on the server's side."""

    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    hang_ups: int = 0
    """Connections that the client ended while an answer was on its way."""
