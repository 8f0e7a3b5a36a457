"""How a call to a model can fail. The class says what may help: wait, another key, another model, or nothing."""

from eaa.domain.errors import EaaError


class ModelFault(EaaError):
    """A call to a model failed."""

    code = "model.fault"

    def __init__(self, because: str, *, model: str = "", hint: str = "", request_id: str = "") -> None:
        super().__init__(because, hint=hint)
        self.because = because
        self.model = model
        """May be set later, by whoever knows: what a response means does not depend on it."""
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.model}: {self.because}" if self.model else self.because


class ModelUnreachable(ModelFault):
    """No connection: refused, a name that is not known, a TLS fault, a proxy that says no."""

    code = "model.unreachable"


class ModelOverloaded(ModelFault):
    """The provider is down or overloaded (500, 502, 503, 504, 529)."""

    code = "model.overloaded"

    def __init__(self, because: str, *, retry_after_s: float | None = None, model: str = "", **facts: str) -> None:
        super().__init__(because, model=model, **facts)
        self.retry_after_s = retry_after_s


class ProviderFull(ModelOverloaded):
    """So many calls wait for a provider in this process that one more would only lengthen the queue. Nothing was sent.

    It says nothing of the provider's health: its calls go on, and those of other providers do not notice.
    """

    code = "model.full"

    def __init__(self, provider: str, *, waiting: int) -> None:
        super().__init__(f"{waiting} calls wait for {provider} already", retry_after_s=1.0)
        self.provider = provider
        self.waiting = waiting


class RateLimited(ModelFault):
    """Too many requests or tokens (429)."""

    code = "model.rate_limited"

    def __init__(self, because: str, *, retry_after_s: float | None = None, model: str = "", **facts: str) -> None:
        super().__init__(because, model=model, **facts)
        self.retry_after_s = retry_after_s


class ModelTimeout(ModelFault):
    """A deadline passed."""

    code = "model.timeout"

    def __init__(self, *, phase: str, limit_s: float, model: str = "") -> None:
        super().__init__(f"no {phase} within {limit_s:g} s", model=model)
        self.phase = phase
        """`connection`, `first byte`, `next piece` or `whole answer`."""
        self.limit_s = limit_s


class StreamCut(ModelFault):
    """A stream or a body ended before its end."""

    code = "model.stream_cut"


class AnswerMalformed(ModelFault):
    """What came is not what the dialect allows: broken JSON, a wrong content type, an event without its fields."""

    code = "model.answer_malformed"


class AnswerEmpty(ModelFault):
    """A whole answer without a word, a thought or a tool call."""

    code = "model.answer_empty"


class KeyRefused(ModelFault):
    """The key is wrong, expired or may not do this (401, 403)."""

    code = "model.key_refused"


class OutOfCredit(ModelFault):
    """The account behind the key has nothing left (402, or a 429 that says so)."""

    code = "model.out_of_credit"


class ModelUnknown(ModelFault):
    """The provider does not have this model (404)."""

    code = "model.unknown"


class ContextTooLong(ModelFault):
    """Prompt and answer do not fit the model."""

    code = "model.context_too_long"


class ContentFiltered(ModelFault):
    """The provider's filter refused the prompt or the answer."""

    code = "model.content_filtered"


class RequestRefused(ModelFault):
    """The provider says that the request itself is wrong (400, 413, 422)."""

    code = "model.request_refused"


class NoModel(ModelFault):
    """No model of `models.toml` may or can take this work."""

    code = "model.none_fits"

    def __init__(self, because: str, *, reasons: tuple[tuple[str, str], ...] = (), hint: str = "") -> None:
        super().__init__(because, hint=hint or "`eaa models explain` says why each model was passed over.")
        self.reasons = reasons
        """(model, why it was passed over), in the order of `models.toml`."""


class AllModelsFailed(ModelFault):
    """Each model that may take this work was tried and failed."""

    code = "model.all_failed"

    def __init__(self, *, failures: tuple[ModelFault, ...]) -> None:
        last = failures[-1] if failures else None
        super().__init__(
            f"every model failed ({len(failures)} tries); the last: {last}",
            hint="`eaa models test` asks each of them for one word.",
        )
        self.failures = failures
        """In the order of the tries."""


class ModelsResting(AllModelsFailed):
    """Nobody was asked: each model that may take this work is left alone for longer than this call can wait."""

    code = "model.all_resting"

    def __init__(self, *, resting: tuple[tuple[str, str, float], ...]) -> None:
        super().__init__(failures=())
        told = ", ".join(f"{model} for {seconds:.0f} s ({because})" for model, because, seconds in resting)
        self.because = f"no model may be asked now: {told}"
        self.args = (self.because,)
        self.hint = "Try again later, mend what is said to be wrong, or add another model to models.toml."
        self.resting = resting
        """(model, why, for how many seconds), in the order of preference."""


class AnswerInvalid(ModelFault):
    """An answer that does not fit its schema, also after it was asked for again."""

    code = "model.answer_invalid"


class AnswerRefused(ModelFault):
    """The model declined to answer."""

    code = "model.answer_refused"


class AnswerTruncated(ModelFault):
    """The answer was cut off at its token limit."""

    code = "model.answer_truncated"


class BudgetExhausted(EaaError):
    """A budget has no room for even the smallest useful call. Nothing was sent."""

    code = "budget.exhausted"

    def __init__(self, *, scope: str, room: int, needed: int, unit: str) -> None:
        super().__init__(
            f"the budget of {scope} has {room} {unit} left, and this call needs {needed}",
            hint="Raise it: `eaa resume --budget-usd N` a run's, EAA_DAY_BUDGET_USD a day's; or wait for tomorrow.",
        )
        self.scope = scope
        self.room = room
        self.needed = needed
        self.unit = unit


class SecretInPrompt(EaaError):
    """A prompt holds a secret and the policy is to refuse. The secret itself is never shown."""

    code = "prompt.secret"


class PromptInvalid(EaaError):
    """A prompt file cannot be used, or an input is missing."""

    code = "prompt.invalid"
