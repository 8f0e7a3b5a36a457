"""What to do about a failed call: leave the model alone for a while, rule it out for this ask, or give up."""

from dataclasses import dataclass
from enum import Enum

from eaa.domain.model_errors import (
    AnswerEmpty,
    AnswerMalformed,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelFault,
    ModelOverloaded,
    ModelTimeout,
    ModelUnknown,
    ModelUnreachable,
    OutOfCredit,
    ProviderFull,
    RateLimited,
    RequestRefused,
    StreamCut,
)

RATE_LIMIT_S = 5.0
"""Where a provider does not say how long."""
RATE_LIMIT_MOST_S = 86_400.0
"""The longest windows are a day's; whatever says more is wrong."""
OVERLOAD_MOST_S = 60.0
KEY_REFUSED_S = 600.0
OUT_OF_CREDIT_S = 3600.0
MODEL_UNKNOWN_S = 600.0


class Cools(Enum):
    """What is left alone."""

    NOTHING = "nothing"
    MODEL = "model"
    KEY = "key"


class RulesOut(Enum):
    """What is not tried again for this ask."""

    NOTHING = "nothing"
    MODEL = "model"
    PROVIDER = "provider"
    SHORTER = "shorter"
    """This model and those with no longer a context."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a failure means for the tries that follow."""

    cools: Cools = Cools.NOTHING
    cooldown_s: float = 0.0
    rules_out: RulesOut = RulesOut.NOTHING
    counts_for_breaker: bool = False


def reaction_to(fault: ModelFault) -> Reaction:
    """Return what a failure means."""
    match fault:
        case RateLimited():
            # A provider's own Retry-After wins even when shorter than ours: it knows when its window reopens.
            wait_s = RATE_LIMIT_S if fault.retry_after_s is None else min(fault.retry_after_s, RATE_LIMIT_MOST_S)
            return Reaction(cools=Cools.KEY, cooldown_s=wait_s)
        case ProviderFull():
            return Reaction(rules_out=RulesOut.PROVIDER)
        case ModelOverloaded() if fault.retry_after_s is not None:
            wait_s = min(fault.retry_after_s, OVERLOAD_MOST_S)
            return Reaction(cools=Cools.MODEL, cooldown_s=wait_s, counts_for_breaker=True)
        case ModelOverloaded() | ModelUnreachable() | ModelTimeout() | StreamCut() | AnswerMalformed() | AnswerEmpty():
            return Reaction(counts_for_breaker=True)
        case KeyRefused():
            return Reaction(cools=Cools.KEY, cooldown_s=KEY_REFUSED_S)
        case OutOfCredit():
            return Reaction(cools=Cools.KEY, cooldown_s=OUT_OF_CREDIT_S)
        case ModelUnknown():
            return Reaction(cools=Cools.MODEL, cooldown_s=MODEL_UNKNOWN_S, rules_out=RulesOut.MODEL)
        case ContextTooLong():
            return Reaction(rules_out=RulesOut.SHORTER)
        case ContentFiltered():
            return Reaction(rules_out=RulesOut.PROVIDER)
        case RequestRefused():
            return Reaction(rules_out=RulesOut.MODEL)
        case _:
            return Reaction(rules_out=RulesOut.MODEL)
