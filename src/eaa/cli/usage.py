"""`eaa usage`: what calls to models used, what they cost, and what of it was for nothing."""

from datetime import timedelta

from eaa.adapters.system.clock import SystemClock
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import Tone, print_facts, print_json, print_line
from eaa.domain.completion import TokenUsage
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.model import MILLION
from eaa.domain.model_usage import UsageLine
from eaa.ports.model_usage import UsageKey
from eaa.settings import load_settings
from eaa.wiring.llm_storage import open_llm_storage


async def show_usage(by: UsageKey, *, days: int, is_json: bool) -> int:
    """Print a line for each key, the dearest first, and the whole."""
    since = SystemClock().now() - timedelta(days=days)
    async with open_llm_storage(load_settings()) as storage:
        lines = await storage.usage.sums(DEFAULT_ORGANISATION, by, since=since)
    total = _total(lines)
    if is_json:
        print_json({"by": by, "days": days, "lines": [_facts(line) for line in lines], "total": _facts(total)})
    elif not lines:
        print_line(f"no call to a model in the last {days} days")
    else:
        print_facts([(line.key, _words(line), _tone(line)) for line in (*lines, total)])
    return ExitCode.DONE


async def prune_usage(days: int, *, is_json: bool) -> int:
    """Remove rows that are older than so many days."""
    before = SystemClock().now() - timedelta(days=days)
    async with open_llm_storage(load_settings()) as storage:
        count = await storage.usage.prune(before=before)
    if is_json:
        print_json({"removed": count})
    else:
        print_line(f"removed {count} rows of usage older than {days} days")
    return ExitCode.DONE


def _total(lines: tuple[UsageLine, ...]) -> UsageLine:
    return UsageLine(
        key="total",
        calls=sum(line.calls for line in lines),
        cached_calls=sum(line.cached_calls for line in lines),
        failed_calls=sum(line.failed_calls for line in lines),
        usage=sum((line.usage for line in lines), start=TokenUsage()),
        cost_microusd=sum(line.cost_microusd for line in lines),
        unpriced_tokens=sum(line.unpriced_tokens for line in lines),
        wasted_microusd=sum(line.wasted_microusd for line in lines),
    )


def _facts(line: UsageLine) -> dict[str, object]:
    usage = line.usage
    return {
        "key": line.key,
        "calls": line.calls,
        "failed_calls": line.failed_calls,
        "own_cache_share": _share(line.cached_calls, line.calls),
        "prompt_tokens": usage.prompt_tokens,
        "output_tokens": usage.output_tokens,
        "provider_cache_share": _share(usage.cached_input_tokens, usage.prompt_tokens),
        "cost_microusd": line.cost_microusd,
        "unpriced_tokens": line.unpriced_tokens,
        "wasted_microusd": line.wasted_microusd,
    }


def _words(line: UsageLine) -> str:
    usage = line.usage
    unpriced = f" and {line.unpriced_tokens} tokens of unknown price" if line.unpriced_tokens else ""
    wasted = f", ${line.wasted_microusd / MILLION:.4f} of it for nothing" if line.wasted_microusd else ""
    failed = f" ({line.failed_calls} failed)" if line.failed_calls else ""
    return (
        f"${line.cost_microusd / MILLION:.4f}{unpriced}{wasted}; {line.calls} calls{failed}, "
        f"{_share(line.cached_calls, line.calls):.0%} from our cache; {usage.prompt_tokens} tokens in, "
        f"{_share(usage.cached_input_tokens, usage.prompt_tokens):.0%} from the provider's cache, "
        f"{usage.output_tokens} out"
    )


def _tone(line: UsageLine) -> Tone:
    return Tone.NOTE if line.wasted_microusd else Tone.PLAIN


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
