"""Circuit breakers: a model that fails again and again is left alone, then tried by one caller before all."""

from dataclasses import dataclass, field

from eaa.domain.model_errors import ModelFault
from eaa.ports.cooldowns import Cooldown, Cooldowns

FAILURES_TO_OPEN = 3
FIRST_OPEN_S = 2.0
MOST_OPEN_S = 15.0
"""Short, so that an outage is over for us soon after it is over for the provider."""
PROBE_S = 20.0
"""Who finds out whether a model works again has it alone for so long; then another caller may try too."""
_MOST_DOUBLINGS = 16


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    """In a row."""
    open_until_s: float = 0.0
    """Unix time."""
    probe_ends_s: float | None = None
    """The cooldown is over and one caller is finding out whether the model works again, alone until this Unix time."""


@dataclass(slots=True)
class Health:
    """Who is out of order. The breakers' counts are this process's own; their cooldowns are shared."""

    cooldowns: Cooldowns
    _breakers: dict[str, _Breaker] = field(default_factory=dict)

    def waits_s(self, subjects: tuple[str, ...], now_s: float) -> float:
        """Return in how many seconds all of these can be used again; 0 when they can."""
        active = self.cooldowns.active(now_s)
        if not active:
            return 0.0
        return max((active[subject].until_s - now_s for subject in subjects if subject in active), default=0.0)

    def may_try(self, subject: str, now_s: float) -> bool:
        """Return whether a caller may try a subject that is not cooling; a broken one takes one caller at a time."""
        breaker = self._breakers.get(subject)
        if breaker is None or breaker.failures < FAILURES_TO_OPEN:
            return True
        if breaker.probe_ends_s is not None and now_s < breaker.probe_ends_s:
            return False
        breaker.probe_ends_s = now_s + PROBE_S
        return True

    def gave_up(self, subject: str) -> None:
        """Note that a try came to nothing that says anything of the subject, such as a cancelled one."""
        breaker = self._breakers.get(subject)
        if breaker is not None:
            breaker.probe_ends_s = None

    def spoke(self, subject: str) -> None:
        """Note that a stream has begun: others need not wait for its end to try as well."""
        self.gave_up(subject)

    async def worked(self, subject: str) -> None:
        """Note a success: the breaker closes."""
        if self._breakers.pop(subject, None) is not None:
            await self.cooldowns.end(subject)

    async def failed(self, subject: str, fault: ModelFault, now_s: float) -> None:
        """Note a failure; from the third in a row on the breaker is open for a while, longer each time.

        Calls that were on their way when it opened tell nothing new and do not keep it open any longer.
        """
        breaker = self._breakers.setdefault(subject, _Breaker())
        if now_s < breaker.open_until_s and breaker.probe_ends_s is None:
            return
        breaker.failures += 1
        breaker.probe_ends_s = None
        if breaker.failures >= FAILURES_TO_OPEN:
            doublings = min(breaker.failures - FAILURES_TO_OPEN, _MOST_DOUBLINGS)
            open_s = min(FIRST_OPEN_S * 2**doublings, MOST_OPEN_S)
            breaker.open_until_s = now_s + open_s
            await self.cool(subject, fault, now_s=now_s, for_s=open_s)

    async def cool(self, subject: str, fault: ModelFault, *, now_s: float, for_s: float) -> None:
        """Leave a subject alone for some seconds."""
        await self.cooldowns.start(Cooldown(subject=subject, because=fault.code, until_s=now_s + for_s))


def model_subject(name: str) -> str:
    """Return the cooldown subject of a model."""
    return f"model:{name}"


def key_subject(provider: str, fingerprint: str) -> str:
    """Return the cooldown subject of a key; a provider that needs none has one too."""
    return f"key:{provider}:{fingerprint or '-'}"
