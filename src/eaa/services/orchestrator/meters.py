"""What the service counts. No label holds a word of a prompt, a person's name or a key."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from eaa.domain.model_usage import ModelUsage
from eaa.kit.metrics import Counter, Histogram, gauge_lines
from eaa.ports.cooldowns import Cooldown
from eaa.services.rpc.meters import RpcMeters

_CACHED = "cached"
_ANSWERED = "answered"


def _requests() -> Counter:
    return Counter("eaa_orchestrator_requests_total", "Requests, by address and status.", "address", "status")


def _request_seconds() -> Histogram:
    return Histogram("eaa_orchestrator_request_seconds", "Seconds to the end of the answer.", "address")


def _failures() -> Counter:
    return Counter("eaa_orchestrator_failures_total", "Requests that ended with an error, by its code.", "code")


def _calls() -> Counter:
    return Counter("eaa_model_calls_total", "Calls, by model, role and outcome.", "model", "role", "outcome")


def _call_seconds() -> Histogram:
    return Histogram("eaa_model_call_seconds", "Seconds of one call to a model.", "model")


def _tokens() -> Counter:
    return Counter("eaa_model_tokens_total", "Tokens; the kinds of input do not overlap.", "model", "kind")


def _cost() -> Counter:
    return Counter("eaa_model_cost_microusd_total", "Millionths of a US dollar, where the price is known.", "model")


@dataclass(frozen=True, slots=True)
class Meters:
    """One a process."""

    requests: Counter = field(default_factory=_requests)
    request_seconds: Histogram = field(default_factory=_request_seconds)
    failures: Counter = field(default_factory=_failures)
    calls: Counter = field(default_factory=_calls)
    call_seconds: Histogram = field(default_factory=_call_seconds)
    tokens: Counter = field(default_factory=_tokens)
    cost: Counter = field(default_factory=_cost)
    answers: Counter = field(
        default_factory=lambda: Counter("eaa_model_answers_total", "Answers, by where they came from.", "source")
    )

    rpc: RpcMeters = field(default_factory=RpcMeters)

    def heard(self, row: ModelUsage) -> None:
        """Count one call to a model, or an answer from the cache."""
        self.calls.add(1, row.model, row.role or "-", row.outcome)
        if row.outcome in {_CACHED, _ANSWERED}:
            self.answers.add(1, "cache" if row.outcome == _CACHED else "model")
        if row.outcome == _CACHED:
            return
        self.call_seconds.observe(row.seconds, row.model)
        usage = row.usage
        self.tokens.add(usage.input_tokens, row.model, "input")
        self.tokens.add(usage.cached_input_tokens, row.model, "cached_input")
        self.tokens.add(usage.cache_write_tokens, row.model, "cache_write")
        self.tokens.add(usage.output_tokens, row.model, "output")
        self.cost.add(row.cost_microusd or 0, row.model)

    def text(self, cooling: Iterable[Cooldown], *, now_s: float) -> str:
        """Return everything as Prometheus reads it."""
        lines: list[str] = []
        for metric in (self.requests, self.failures, self.calls, self.tokens, self.cost, self.answers):
            lines += metric.lines()
        for histogram in (self.request_seconds, self.call_seconds):
            lines += histogram.lines()
        lines += self.rpc.lines()
        lines += gauge_lines("eaa_model_cache_share", "Share of answers from our own cache.", [((), self._share())])
        waits = [
            ((("subject", one.subject), ("because", one.because)), max(0.0, round(one.until_s - now_s, 3)))
            for one in cooling
        ]
        lines += gauge_lines(
            "eaa_model_cooling_seconds", "Seconds for which a model or key is still left alone.", waits
        )
        return "\n".join([*lines, ""])

    def _share(self) -> float:
        kept, made = self.answers.total("cache"), self.answers.total("model")
        return kept / (kept + made) if kept else 0.0
