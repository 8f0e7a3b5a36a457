"""Usage rows in memory."""

from collections import OrderedDict
from datetime import datetime

from typing_extensions import override

from eaa.domain.completion import TokenUsage
from eaa.domain.ids import OrganisationId
from eaa.domain.model_usage import ModelUsage, UsageLine
from eaa.ports.model_usage import UsageKey, UsageLog

NOBODY = "-"
MOST_ROWS = 10_000


class MemoryUsageLog(UsageLog):
    """Forgets everything when the process ends, and the oldest rows before that when there are too many."""

    def __init__(self, *, most_rows: int = MOST_ROWS) -> None:
        self._rows: OrderedDict[str, ModelUsage] = OrderedDict()
        self._most_rows = most_rows

    @override
    async def add(self, rows: tuple[ModelUsage, ...]) -> None:
        for row in rows:
            self._rows.setdefault(row.id, row)
        while len(self._rows) > self._most_rows:
            self._rows.popitem(last=False)

    @override
    async def sums(self, organisation_id: OrganisationId, by: UsageKey, *, since: datetime) -> tuple[UsageLine, ...]:
        groups: dict[str, list[ModelUsage]] = {}
        for row in self._rows.values():
            if row.account.organisation_id == organisation_id and row.created_at >= since:
                groups.setdefault(_key_of(row, by), []).append(row)
        lines = [_line(key, rows) for key, rows in groups.items()]
        return tuple(sorted(lines, key=lambda line: (-line.cost_microusd, -line.unpriced_tokens, line.key)))

    @override
    async def prune(self, *, before: datetime) -> int:
        old = [row.id for row in self._rows.values() if row.created_at < before]
        for row_id in old:
            del self._rows[row_id]
        return len(old)


def _key_of(row: ModelUsage, by: UsageKey) -> str:
    match by:
        case UsageKey.ROLE:
            return row.role or NOBODY
        case UsageKey.MODEL:
            return row.model
        case UsageKey.TASK:
            return row.account.task_id or NOBODY
        case UsageKey.DAY:
            return row.created_at.date().isoformat()


def _line(key: str, rows: list[ModelUsage]) -> UsageLine:
    failed = [row for row in rows if row.outcome not in ("answered", "cached")]
    return UsageLine(
        key=key,
        calls=len(rows),
        cached_calls=sum(row.outcome == "cached" for row in rows),
        failed_calls=len(failed),
        usage=sum((row.usage for row in rows), start=TokenUsage()),
        cost_microusd=sum(row.cost_microusd or 0 for row in rows),
        unpriced_tokens=sum(row.usage.total_tokens for row in rows if row.cost_microusd is None),
        wasted_microusd=sum(row.cost_microusd or 0 for row in failed),
    )
