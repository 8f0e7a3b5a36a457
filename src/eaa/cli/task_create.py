"""`eaa task create`: work for a dispatcher, on record before the command ends."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import RunOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.cli.requests import environment_request, is_address, read_issue
from eaa.domain.errors import EaaError, InvalidRequest
from eaa.domain.kind import Kind
from eaa.engine.intake import Opened, Request, open_run
from eaa.engine.run_queue import RUNS_TOPIC
from eaa.engine.sources import open_source
from eaa.ports.repositories import Repositories
from eaa.settings import Settings, load_settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.issues import fetch_issue
from eaa.wiring.records import Records, open_records
from eaa.wiring.repositories import repositories_of
from eaa.wiring.signals import open_signals

MOST_AT_ONCE = 1_000
_KNOWN = frozenset({"request", "repo", "base", "kind", "offline", "plan", "budget_usd", "priority"})


async def create_task(options: RunOptions, *, priority: int) -> int:
    """Queue one run and print its ids.

    Raises:
        InvalidRequest: The request is empty or cannot be read.
        RepositoryUnusable: There is no repository to work on.
        RevisionNotFound: The base does not exist.
    """
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        return await remote.create_task(options, priority=priority, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        opened = await _queue(options, priority, settings, records, repositories_of(settings, desk=records.desk))
        await signals.ring(RUNS_TOPIC)
    if options.is_json:
        print_json(_facts(opened))
    else:
        print_line(f"task {opened.run.task_id}: run {opened.run.id}, {_state(opened)}")
        print_line(f"follow it: eaa task watch {opened.run.task_id}")
    return ExitCode.DONE


async def create_many(file: Path, options: RunOptions, *, priority: int) -> int:
    """Queue a run for each line of a file, and say of each line what came of it.

    Returns:
        0, or 2 when a line could not be queued; the others are.

    Raises:
        InvalidRequest: The file cannot be read, or has more than MOST_AT_ONCE lines.
    """
    lines = _lines(file)
    outcomes: list[dict[str, Any]] = []
    settings = load_settings()
    if settings.server is not None:
        from eaa.cli import remote

        asked = [(number, *_options_of(line, options, priority)) for number, line in lines]
        return await remote.create_many(asked, is_json=options.is_json, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        repositories = repositories_of(settings, desk=records.desk)
        for number, line in lines:
            try:
                own, own_priority = _options_of(line, options, priority)
                opened = await _queue(own, own_priority, settings, records, repositories)
            except EaaError as error:
                outcomes.append({"line": number, "error": {"code": error.code, "message": str(error)}})
            else:
                outcomes.append({"line": number, **_facts(opened)})
        await signals.ring(RUNS_TOPIC)
    return print_outcomes(outcomes, is_json=options.is_json)


def print_outcomes(outcomes: Sequence[Mapping[str, Any]], *, is_json: bool) -> int:
    """Say what came of each line; return 2 when one could not be queued, else 0."""
    refused = [one for one in outcomes if "error" in one]
    if is_json:
        print_json({"tasks": outcomes, "queued": len(outcomes) - len(refused), "refused": len(refused)})
    else:
        for one in refused:
            print_line(f"line {one['line']}: {one['error']['message']}")
        print_line(f"{len(outcomes) - len(refused)} queued, {len(refused)} refused")
    return ExitCode.USAGE if refused else ExitCode.DONE


async def _queue(
    options: RunOptions, priority: int, settings: Settings, records: Records, repositories: Repositories
) -> Opened:
    site = site_of(settings)
    issue = (
        await fetch_issue(options.request, site=site) if is_address(options.request) else read_issue(options.request)
    )
    source = site.cloneable(options.repo)
    repository, base, _ = await open_source(source, options.base, repositories=repositories)
    request = Request(
        text=issue.text,
        source=issue.source,
        repository=repository,
        base=base,
        kind=options.kind,
        environment=environment_request(
            python=options.python, test_command=options.test_command, has_consent=options.has_consent
        ),
        origin=issue.origin,
        has_model=not options.is_offline and _has_models(settings),
        stops_at_plan=options.stops_at_plan,
        budget_usd=options.budget_usd,
        priority=priority,
    )
    return await open_run(request, owner_slot=None, desk=records.desk)


def _has_models(settings: Settings) -> bool:
    from eaa.wiring.agents import has_models

    return has_models(settings, os.environ)


def _lines(file: Path) -> list[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "Name a file with one JSON object a line."
        raise InvalidRequest(f"{file} cannot be read: {error}", hint=hint) from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST_AT_ONCE:
        raise InvalidRequest(f"{file} has {len(lines)} lines", hint=f"At most {MOST_AT_ONCE} at a time; split it.")
    return lines


def _options_of(line: str, options: RunOptions, priority: int) -> tuple[RunOptions, int]:
    """Return what a line asks for; what it does not say is as on the command line."""
    try:
        said = json.loads(line)
    except ValueError as error:
        raise InvalidRequest("it is not JSON") from error
    if not isinstance(said, dict) or not isinstance(said.get("request"), str):
        raise InvalidRequest("it is no object with a text `request`")
    unknown = said.keys() - _KNOWN
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        raise InvalidRequest(f"it has unknown names: {', '.join(sorted(unknown))}; known are {known}")
    own = replace(
        options,
        request=said["request"],
        repo=str(said.get("repo", options.repo)),
        base=said.get("base", options.base),
        kind=_kind(said["kind"]) if "kind" in said else options.kind,
        is_offline=bool(said.get("offline", options.is_offline)),
        stops_at_plan=bool(said.get("plan", options.stops_at_plan)),
        budget_usd=_number(said, "budget_usd", options.budget_usd),
    )
    return own, int(_number(said, "priority", priority))


def _kind(said: object) -> Kind:
    try:
        return Kind(str(said))
    except ValueError as error:
        raise InvalidRequest(f"{said!r} is no kind; kinds are {', '.join(Kind)}") from error


def _number(said: dict[str, Any], name: str, otherwise: float) -> float:
    value = said.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRequest(f"`{name}` is no number")
    return value


def _facts(opened: Opened) -> dict[str, Any]:
    run = opened.run
    return {"task": run.task_id, "run": run.id, "state": run.state, "is_new": opened.is_new, "base": opened.order.base}


def _state(opened: Opened) -> str:
    return "queued" if opened.is_new else f"was there already: {opened.run.state}"
