"""Cooldowns in memory."""

from typing_extensions import override

from eaa.ports.cooldowns import Cooldown, Cooldowns


class MemoryCooldowns(Cooldowns):
    """Known to this process only."""

    def __init__(self) -> None:
        self._by_subject: dict[str, Cooldown] = {}

    @override
    def active(self, now_s: float) -> dict[str, Cooldown]:
        if not self._by_subject:
            return {}
        self._by_subject = {name: cooldown for name, cooldown in self._by_subject.items() if cooldown.until_s > now_s}
        return self._by_subject

    @override
    async def start(self, cooldown: Cooldown) -> None:
        known = self._by_subject.get(cooldown.subject)
        if known is None or known.until_s < cooldown.until_s:
            self._by_subject[cooldown.subject] = cooldown

    @override
    async def end(self, subject: str) -> None:
        self._by_subject.pop(subject, None)
