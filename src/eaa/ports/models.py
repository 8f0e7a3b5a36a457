"""Models, over whatever wire they are reached."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from eaa.domain.completion import Completion, CompletionEvent, CompletionRequest, Embeddings
from eaa.domain.model import Deadlines, Model, Provider
from eaa.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call goes: a model, its provider, and the key to show."""

    model: Model
    provider: Provider
    key: Secret | None
    deadlines: Deadlines


class Models(Protocol):
    """Sends one request to one model, once: no retry, no fallback, no cache. Safe to share between coroutines.

    Every method raises the errors of `domain/model_errors.py` and no other: a fault of connection, status, deadline
    or format has its class there, with `model` set. An error's text never holds the key or the prompt.
    Cancelling the caller ends the call upstream.
    """

    async def complete(self, request: CompletionRequest, route: Route) -> Completion:
        """Return the whole answer. `stop_reason` says whether it is cut off; that is not an error here.

        Raises:
            AnswerEmpty: It holds nothing at all.
        """
        ...

    def stream(self, request: CompletionRequest, route: Route) -> AsyncGenerator[CompletionEvent, None]:
        """Yield `Started`, deltas as they come, `Finished`. Close the generator to end the call.

        Raises:
            StreamCut: The stream ended without its end. What was yielded is true as far as it goes.
            AnswerEmpty: It ended properly and held nothing.
        """
        ...

    async def embed(self, texts: tuple[str, ...], route: Route) -> Embeddings:
        """Return one vector a text.

        Raises:
            RequestRefused: The dialect has no embeddings.
        """
        ...
