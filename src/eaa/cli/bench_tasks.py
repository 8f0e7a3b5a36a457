"""`eaa bench tasks`: what a model does with tasks whose tests it never sees, alone and as a team."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from eaa.adapters.files.exercises import read_exercises, read_instances
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import TasksBenchOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request
from eaa.domain.errors import InvalidRequest
from eaa.domain.evidence import TokenCount
from eaa.domain.exercise import Exercise
from eaa.domain.trial import Arm, Invalid, Trial
from eaa.engine.trials.report import ArmTotal, Share, TrialsReport, ending_of, is_unpriced
from eaa.kit.bounded import printable
from eaa.settings import load_settings
from eaa.wiring.tasks_bench.book import TRIALS_FILE, Book
from eaa.wiring.tasks_bench.run import TasksBench, chosen, is_scripted, open_book, run_bench

SCRIPTED_NOTICE = "a scripted model answered: these figures show that the bench works and say nothing about any model"
_LINE_CHARACTERS = 240


def read_arms(text: str) -> tuple[Arm, ...]:
    """Return the arms that a person named, separated by commas.

    Raises:
        InvalidRequest: One of them is none.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(Arm)]
    if unknown or not words:
        raise InvalidRequest(f"{unknown[0] if unknown else 'nothing'!r} is no arm", hint=f"Arms: {', '.join(Arm)}.")
    return tuple(arm for arm in Arm if arm in words)


async def tasks(options: TasksBenchOptions) -> int:
    """Run what is left of the bench and print what all of it amounts to."""
    settings = load_settings(model=options.model)
    exercises = chosen(_exercises(options), limit=options.limit, seed=options.seed)
    bench = TasksBench(
        exercises=exercises,
        source=str((options.folder or options.instances or Path()).absolute()),
        arms=options.arms,
        environment=environment_request(python=options.python, has_consent=options.has_consent),
        budget_usd=options.budget_usd,
        at_once=options.at_once,
        results=options.results,
    )
    book = await open_book(bench, settings)
    if is_scripted(book.terms.model):
        _say(SCRIPTED_NOTICE)
    # The stages of several tasks at once would be a jumble.
    with closing(open_progress(is_json=options.is_json or options.at_once > 1)) as progress:
        report = await run_bench(bench, book, settings=settings, progress=progress, said=_said)
    if options.is_json:
        print_json(_report_json(report, book))
    else:
        _print_report(report, book)
    return ExitCode.DONE


def _exercises(options: TasksBenchOptions) -> tuple[Exercise, ...]:
    if (options.folder is None) == (options.instances is None):
        raise InvalidRequest(
            "name the tasks once", hint="Give --dir FOLDER, or --jsonl FILE with --repositories FOLDER."
        )
    if options.folder is not None:
        return read_exercises(options.folder)
    if options.repositories is None or options.instances is None:
        raise InvalidRequest("--jsonl needs the folder of its repositories", hint="Give --repositories FOLDER.")
    return read_instances(options.instances, options.repositories)


def _said(one: Trial | Invalid) -> None:
    _say(_line(one))


def _line(one: Trial | Invalid) -> str:
    if isinstance(one, Invalid):
        return _cut(f"{one.exercise}: not valid here: {one.reason}")
    word = "resolved" if one.is_resolved else "not resolved"
    claim = "claims it" if one.is_claimed else "claims nothing"
    hidden = f"{one.hidden.passed} of {one.hidden.of} hidden tests" if one.hidden is not None else "no change"
    notes = [f"{one.exercise} · {one.arm}: {word}, {claim} ({ending_of(one)}), {hidden}, {_money(one)}"]
    notes += ["results made up"] if one.hidden is not None and one.hidden.is_forged else []
    notes += ["what was withheld was right"] if one.is_withheld_right else []
    notes += [one.reason] if one.reason else []
    return _cut("; ".join(notes))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE_CHARACTERS else f"{line[: _LINE_CHARACTERS - 1]}…"


def _print_report(report: TrialsReport, book: Book) -> None:
    for line in (*map(_line, report.invalid), *map(_line, report.trials)):
        print_line(line)
    for total in report.totals:
        print_line(
            f"{total.arm}: resolved {_share(total.resolved)}; claimed {_share(total.claimed)}; "
            f"resolved if claimed {_share(total.resolved_if_claimed)}; withheld though right {total.withheld_right}; "
            f"{_total_money(total)}; {total.seconds / 60:.1f} minutes"
        )
        print_line("  " + ", ".join(f"{count} {verdict}" for verdict, count in total.verdicts))
    if report.invalid:
        print_line(f"not valid and not counted: {len(report.invalid)}")
    print_line(f"model: {book.terms.model}, at most {book.terms.budget_usd} USD for each line")
    print_line(f"results: {book.folder}")
    if is_scripted(book.terms.model):
        print_line(SCRIPTED_NOTICE)


def _report_json(report: TrialsReport, book: Book) -> dict[str, Any]:
    return {
        "model": book.terms.model,
        "is_scripted": is_scripted(book.terms.model),
        "budget_usd": book.terms.budget_usd,
        "arms": {total.arm: _total_json(total) for total in report.totals},
        "trials": [_trial_json(trial) for trial in report.trials],
        "invalid": [{"task": one.exercise, "reason": one.reason} for one in report.invalid],
        "results": str(book.folder / TRIALS_FILE),
        "predictions": {arm: str(book.predictions(arm)) for arm in (total.arm for total in report.totals)},
        **({"notice": SCRIPTED_NOTICE} if is_scripted(book.terms.model) else {}),
    }


def _total_json(total: ArmTotal) -> dict[str, Any]:
    return {
        "resolved": _share_json(total.resolved),
        "claimed": _share_json(total.claimed),
        "resolved_if_claimed": _share_json(total.resolved_if_claimed),
        "withheld_though_right": total.withheld_right,
        "cost_usd": None if total.unpriced else total.cost_microusd / 1_000_000,
        "tokens": _tokens_json(total.tokens),
        "minutes": round(total.seconds / 60, 2),
        "verdicts": dict(total.verdicts),
    }


def _trial_json(trial: Trial) -> dict[str, Any]:
    hidden = trial.hidden
    return {
        "task": trial.exercise,
        "arm": trial.arm,
        "run": trial.run,
        "resolved": trial.is_resolved,
        "claimed": trial.is_claimed,
        "verdict": trial.verdict,
        "ending": ending_of(trial),
        "reason": trial.reason,
        "hidden": None
        if hidden is None
        else {
            "passed": hidden.passed,
            "of": hidden.of,
            "first_failing": hidden.first_failing,
            "made_up": hidden.is_forged,
        },
        "withheld_though_right": trial.is_withheld_right,
        "cost_usd": None if is_unpriced(trial) else trial.cost_microusd / 1_000_000,
        "tokens": _tokens_json(trial.tokens),
        "minutes": round(trial.seconds / 60, 2),
        "shares_conversation": trial.is_shared,
    }


def _tokens_json(tokens: TokenCount) -> dict[str, int]:
    return {"input": tokens.input, "cached_input": tokens.cached_input, "output": tokens.output}


def _share_json(share: Share) -> dict[str, Any]:
    interval = share.interval
    return {
        "count": share.count,
        "of": share.of,
        "share": None if share.value is None else round(share.value, 4),
        "interval_95": None if interval is None else [round(bound, 4) for bound in interval],
    }


def _share(share: Share) -> str:
    if share.interval is None or share.value is None:
        return "0 of 0"
    low, high = share.interval
    return f"{share.count} of {share.of} ({share.value:.0%}, 95 % interval {low:.0%} to {high:.0%})"


def _money(trial: Trial) -> str:
    tokens = f"{trial.tokens.input + trial.tokens.output} tokens"
    return (
        f"{tokens} of unknown price" if is_unpriced(trial) else f"{trial.cost_microusd / 1_000_000:.4f} USD, {tokens}"
    )


def _total_money(total: ArmTotal) -> str:
    tokens = f"{total.tokens.input + total.tokens.output} tokens"
    unknown = f" and {total.unpriced} trials of unknown price" if total.unpriced else ""
    return f"{total.cost_microusd / 1_000_000:.4f} USD{unknown}, {tokens}"


def _say(text: str) -> None:
    sys.stderr.write(printable(text) + "\n")
