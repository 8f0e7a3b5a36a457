"""The one interface through which every role talks to models, in process or over HTTP."""

from collections.abc import AsyncGenerator
from enum import Enum
from typing import Protocol

from eaa.domain.ask import Account, Answer, Ask, OrchestratedEvent
from eaa.domain.completion import Embeddings


class Takeover(Enum):
    """What a caller allows when a stream breaks after its first word."""

    RESTART = "restart"
    """A `Restarted` event says that what came is void; the `Started` of the model that begins anew follows it."""
    CONTINUE = "continue"
    """The next model goes on where the words stop. Answers with tool calls or a schema are not continued: they fail."""
    FAIL = "fail"


class Orchestrator(Protocol):
    """Chooses a model, keeps to the budget, falls back, and answers. Safe to share between coroutines."""

    async def complete(self, ask: Ask) -> Answer:
        """Return a whole answer.

        Raises:
            NoModel: No model may take the ask.
            BudgetExhausted: No fitting model is within the budget. Nothing was sent.
            ModelFault: Everything that may be tried failed.
        """
        ...

    def stream(self, ask: Ask, *, takeover: Takeover = Takeover.RESTART) -> AsyncGenerator[OrchestratedEvent, None]:
        """Yield `Started`, deltas, `Finished`, and `Settled` when the bill is known. Closing it ends the call upstream.

        Raises:
            NoModel: No model may take the ask.
            BudgetExhausted: No fitting model is within the budget. Nothing was sent.
            ModelFault: Everything that may be tried failed, or the answer broke where it cannot be taken over.
        """
        ...

    async def embed(self, texts: tuple[str, ...], *, account: Account, model: str | None = None) -> Embeddings:
        """Return one vector a text, by the model named or the first one that can.

        Raises:
            NoModel: No model makes embeddings.
            BudgetExhausted: There is no room for it.
            ModelFault: The call failed; another model's vectors would not fit with these, so nobody takes over.
        """
        ...

    def count_tokens(self, ask: Ask) -> int:
        """Return the likely tokens of an ask's prompt, for the model that would be tried first."""
        ...
