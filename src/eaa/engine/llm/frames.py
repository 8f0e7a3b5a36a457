"""What stands around the words of a request: marks of messages, descriptions of tools, learned from real counts."""

from dataclasses import dataclass

from eaa.engine.llm.prompt_size import IMAGE_TOKENS, MESSAGE_TOKENS, TOOL_TOKENS, PromptSize

MOST_MESSAGE_TOKENS = 256.0
LEAST_TOOL_TOKENS = -512.0
"""A provider may write a tool's schema shorter than its JSON."""
MOST_TOOL_TOKENS = 1024.0
_LEARNING = 0.2


@dataclass(slots=True)
class Frames:
    """Tokens around the words, a message and a tool, of one model."""

    message_tokens: float = MESSAGE_TOKENS
    tool_tokens: float = TOOL_TOKENS
    knows_messages: bool = False
    knows_tools: bool = False

    def tokens(self, size: PromptSize) -> int:
        """Return the tokens of a request that are no words."""
        return round(self.message_tokens * size.messages + self.tool_tokens * size.tools) + IMAGE_TOKENS * size.images

    def knows(self, size: PromptSize) -> bool:
        """Return whether there was a lesson about everything that stands in such a request."""
        return self.knows_messages and (self.knows_tools or not size.tools) and not size.images

    def learn(self, size: PromptSize, *, tokens: int) -> None:
        """Take in how many tokens were no words. Pictures teach nothing: what they cost is not known."""
        if size.images or not size.messages:
            return
        if not size.tools:
            seen = min(max(tokens / size.messages, 0.0), MOST_MESSAGE_TOKENS)
            self.message_tokens = moved(self.message_tokens if self.knows_messages else None, seen)
            self.knows_messages = True
            return
        around = tokens - self.message_tokens * size.messages
        seen = min(max(around / size.tools, LEAST_TOOL_TOKENS), MOST_TOOL_TOKENS)
        self.tool_tokens = moved(self.tool_tokens if self.knows_tools else None, seen)
        self.knows_tools = True


def moved(known: float | None, seen: float) -> float:
    """Return an estimate after a lesson. The first one counts whole: it is better than any guess."""
    return seen if known is None else known + _LEARNING * (seen - known)
