"""Vectors for texts, paid for and limited like any other call."""

from eaa.domain.ask import Account, Ask
from eaa.domain.completion import CompletionRequest, Embeddings, Message, Speaker, Text
from eaa.domain.model import Capability
from eaa.engine.llm.attempt import Bill, embed_once
from eaa.engine.llm.course import Turn
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.fallback import set_out, travel


async def embed(texts: tuple[str, ...], *, account: Account, model: str | None, desk: LlmDesk) -> Embeddings:
    """Return one vector a text, all by the model named or else the first one that can.

    Vectors of two models do not fit together, so no other model takes over.

    Raises:
        NoModel: No model makes embeddings.
        BudgetExhausted: There is no room for it.
        ModelFault: The model failed, also after waiting for it.
    """
    if not texts:
        return Embeddings(vectors=(), usage=None)
    journey = set_out(_ask(texts, account, model), desk)
    journey.course.candidates = journey.course.candidates[:1]

    async def once(turn: Turn, bill: Bill) -> Embeddings:
        return await embed_once(texts, journey.ask, turn, bill, size=journey.size, desk=desk)

    embeddings, _, _ = await travel(journey, once)
    return embeddings


def _ask(texts: tuple[str, ...], account: Account, model: str | None) -> Ask:
    """Return an ask that stands for the texts in selection and budgets."""
    messages = tuple(Message(Speaker.USER, (Text(text),)) for text in texts)
    request = CompletionRequest(messages=messages, max_output_tokens=1)
    needs = frozenset({Capability.EMBEDDINGS})
    return Ask(request=request, account=account, model=model, is_pinned=model is not None, needs=needs)
