"""What one try may spend: reserved before it, the answer's length lowered to fit, settled after it."""

from dataclasses import dataclass, replace
from functools import lru_cache

from eaa.domain.ask import Account, Ask
from eaa.domain.budget import Amount, Reservation, Scope, ScopeKind
from eaa.domain.completion import CompletionRequest, TokenUsage
from eaa.domain.model import Model
from eaa.domain.model_errors import ContextTooLong
from eaa.engine.llm.costs import affordable_output_tokens, amount_of, worst_amount
from eaa.engine.llm.desk import LlmDesk
from eaa.engine.llm.prompt_size import PromptSize
from eaa.engine.llm.selection import LEAST_OUTPUT_TOKENS
from eaa.ports.budgets import Wish


@dataclass(frozen=True, slots=True)
class Fare:
    """Room for one try, and the request made to fit it."""

    request: CompletionRequest
    size: PromptSize
    prompt_tokens: int
    """An estimate, on the high side."""
    reservation: Reservation


async def reserve_fare(ask: Ask, model: Model, size: PromptSize, *, desk: LlmDesk) -> Fare:
    """Take room for a call and return it with `max_output_tokens` lowered to what it pays for.

    Raises:
        BudgetExhausted: There is no room for even a short answer. Nothing is reserved.
        ContextTooLong: The prompt leaves the model no room to answer.
    """
    prompt_tokens = desk.tokens.tokens_for(size, model=model.name)
    prompt_bound = desk.tokens.at_most(size, model=model.name, tokens=prompt_tokens)
    wanted = min(ask.request.max_output_tokens or model.max_output_tokens, model.max_output_tokens)
    output_tokens = min(wanted, model.context_tokens - prompt_tokens)
    if ask.max_cost_microusd is not None:
        cap = Amount(cost_microusd=ask.max_cost_microusd)
        output_tokens = min(output_tokens, affordable_output_tokens(model, prompt_tokens=prompt_bound, room=cap))
    if output_tokens <= 0:
        raise ContextTooLong(f"about {prompt_tokens} tokens of prompt leave no room to answer", model=model.name)
    least = min(output_tokens, LEAST_OUTPUT_TOKENS)
    now = desk.clock.now()
    wish = Wish(
        organisation_id=ask.account.organisation_id,
        scopes=scopes_of(ask.account, day=now.date().isoformat()),
        least=worst_amount(model, prompt_tokens=prompt_bound, output_tokens=least),
        most=worst_amount(model, prompt_tokens=prompt_bound, output_tokens=output_tokens),
    )
    reservation = await desk.budgets.reserve(wish, owner_slot=desk.slot, now=now)
    affordable = affordable_output_tokens(model, prompt_tokens=prompt_bound, room=reservation.amount)
    lowered = max(least, min(output_tokens, affordable))
    request = ask.request
    if request.max_output_tokens != lowered:
        request = replace(request, max_output_tokens=lowered)
    return Fare(request, size, prompt_bound, reservation)


async def settle_fare(fare: Fare, model: Model, usage: TokenUsage, *, desk: LlmDesk) -> Amount:
    """Book what a call really used and return it."""
    spent = amount_of(model, usage)
    await desk.budgets.settle(fare.reservation.id, spent)
    return spent


@lru_cache(maxsize=1024)
def scopes_of(account: Account, *, day: str) -> tuple[Scope, ...]:
    """Return everything that pays for a call: what the account names, and the day."""
    named = (
        (ScopeKind.RUN, account.run_id),
        (ScopeKind.TASK, account.task_id),
        (ScopeKind.REPOSITORY, account.repository),
        (ScopeKind.USER, account.user),
        (ScopeKind.TEAM, account.team),
        (ScopeKind.DAY, day),
    )
    return tuple(Scope(kind, name) for kind, name in named if name)
