"""Makes a conversation shorter that has grown too long for its model. The transcript keeps everything."""

from collections.abc import Awaitable, Callable

from eaa.domain.ask import Account, Ask
from eaa.domain.completion import CompletionRequest, Message, Speaker, Text
from eaa.domain.model_errors import BudgetExhausted, ModelFault
from eaa.domain.role import RoleName
from eaa.domain.transcript import Compacted
from eaa.engine.agent.history import SUMMARY_OPENING
from eaa.engine.agent.reading import Reading
from eaa.engine.llm.context.compaction import Measure, compact, digest, prefix_length
from eaa.engine.llm.prompts import find_prompt, render
from eaa.ports.orchestrator import Orchestrator
from eaa.ports.prompts import PromptFiles

Summarise = Callable[[str, str], Awaitable[str]]
"""Sums up a conversation: (brief, what was said) → words."""
_PROMPT = "compact-history"


async def compacted(reading: Reading, *, most_tokens: int, measure: Measure, summarise: Summarise) -> Compacted | None:
    """Return the entry that makes the history fit; None when it fits already or nothing can be taken away.

    Args:
        reading: The transcript, every call answered.
        most_tokens: Of the messages.
        measure: Counts the tokens of messages.
        summarise: Sums up what is taken away.
    """
    if isinstance(reading.last, Compacted):
        return None
    brief, shown = reading.begun().brief, reading.history.shown()
    messages = [one.message for one in shown]
    done = await compact(
        messages,
        most_tokens=most_tokens,
        measure=measure,
        summarise=lambda history: summarise(brief, history),
    )
    if not done.replaced:
        return None
    middle = prefix_length(messages)
    summary = "".join(part.text for part in done.messages[middle].parts if isinstance(part, Text))
    kept_from = shown[middle + done.replaced].sequence
    return Compacted(summary.removeprefix(SUMMARY_OPENING), kept_from)


async def summed_up_without_model(_brief: str, history: str) -> str:
    """Return the history's own head and tail."""
    return digest(history)


def summed_up_by(orchestrator: Orchestrator, prompts: PromptFiles, *, account: Account, role: RoleName) -> Summarise:
    """Return what lets a small model sum up, by the prompt `compact-history`; without one it is done without."""

    async def summarise(brief: str, history: str) -> str:
        prompt = find_prompt(_PROMPT, files=prompts)
        text = render(prompt, {"task": brief, "history": history})
        request = CompletionRequest((Message(Speaker.USER, (Text(text),)),))
        ask = Ask(request, account=account, role=role, size=prompt.tier, prompt_sha256=prompt.sha256)
        try:
            return (await orchestrator.complete(ask)).completion.text
        except (ModelFault, BudgetExhausted):
            # The work goes on with less.
            return digest(history)

    return summarise
