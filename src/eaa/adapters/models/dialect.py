"""What each wire format provides: a request as bytes, bytes as a typed answer. Nothing here does I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from eaa.domain.completion import Completion, CompletionEvent, CompletionRequest, Embeddings
from eaa.domain.model_errors import ModelFault
from eaa.ports.models import Route


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One POST, ready to be sent."""

    url: str
    """Whole address, query included."""
    headers: Mapping[str, str] = field(repr=False)
    """With content type and whatever proves who we are; never shown."""
    body: bytes


class StreamDecoder(Protocol):
    """Turns the pieces of one streamed body into events. Pieces may end anywhere, in the middle of a character too."""

    def feed(self, piece: bytes) -> list[CompletionEvent]:
        """Return the events that this piece completes.

        Raises:
            ModelFault: The provider reports an error in its stream, or the bytes are not of the dialect.
        """
        ...

    def end(self) -> list[CompletionEvent]:
        """Return what is left at the end of the body; includes `Finished` unless it was given out before.

        Raises:
            StreamCut: The end of the dialect's stream has not been seen.
            AnswerEmpty: The stream ended properly and held nothing.
        """
        ...


class WireDialect(Protocol):
    """One provider's format. Stateless; unknown fields in answers are ignored."""

    def completion_request(self, request: CompletionRequest, route: Route, *, is_stream: bool) -> WireRequest:
        """Return the POST that asks for a completion.

        Raises:
            RequestRefused: The request holds what this format cannot say, such as an image for a model without eyes.
        """
        ...

    def completion(self, body: bytes, headers: Mapping[str, str]) -> Completion:
        """Return the answer in a whole body of a 2xx response; header names are lower case.

        Raises:
            AnswerMalformed: It is not an answer of this dialect.
            AnswerEmpty: It holds nothing.
        """
        ...

    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        """Return a decoder for one streamed body of a 2xx response."""
        ...

    def embedding_request(self, texts: tuple[str, ...], route: Route) -> WireRequest:
        """Return the POST that asks for embeddings.

        Raises:
            RequestRefused: There are none in this format.
        """
        ...

    def embeddings(self, body: bytes, headers: Mapping[str, str]) -> Embeddings:
        """Return the vectors in a whole body, in the texts' order.

        Raises:
            AnswerMalformed: It is not an answer of this dialect.
        """
        ...

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
        """Return what a response that is not 2xx means. Its text quotes at most 300 characters of the provider's."""
        ...
