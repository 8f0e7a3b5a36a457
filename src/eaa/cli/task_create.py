"""`eaa task create`: work for a dispatcher, on record before the command ends."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eaa.cli.asked import Asked, asked_of
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import RunOptions
from eaa.cli.outcomes import Outcomes
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.cli.requests import environment_request
from eaa.cli.task_lines import read_lines
from eaa.domain.errors import EaaError
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


async def create_task(options: RunOptions, *, priority: int) -> int:
    """Queue one run and print its ids.

    Raises:
        InvalidRequest: The request is empty or cannot be read, or something else that was said cannot be used.
        RepositoryUnusable: There is no repository to work on.
        RevisionNotFound: The base does not exist.
    """
    settings = load_settings()
    asked = asked_of(options, priority=priority)
    if settings.server is not None:
        from eaa.cli import remote_create

        return await remote_create.create_task(asked, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        opened = await _queue(asked, settings, records, repositories_of(settings, desk=records.desk))
        await signals.ring(RUNS_TOPIC)
    if options.is_json:
        print_json(_facts(opened))
    else:
        print_line(f"task {opened.run.task_id}: run {opened.run.id}, {_state(opened)}")
        print_line(f"follow it: eaa task watch {opened.run.task_id}")
    return ExitCode.DONE


async def create_many(file: Path, options: RunOptions, *, priority: int) -> int:
    """Queue a run for each line of a file, and say of each line what came of it.

    Every line is checked before the first one is queued. One that cannot be used holds up no other. Who interrupts it
    hears what was queued so far.

    Returns:
        0, or 2 when a line could not be queued; the others are. When a server failed on the way: the failure's.

    Raises:
        InvalidRequest: The file cannot be read, or has too many lines.
    """
    settings = load_settings()
    lines = read_lines(file, options, priority=priority)
    outcomes = Outcomes(count=len(lines), is_json=options.is_json)
    for number, line in lines.items():
        if isinstance(line, EaaError):
            outcomes.refused(number, code=line.code, message=str(line))
    usable = {number: line for number, line in lines.items() if isinstance(line, Asked)}
    try:
        return await _queue_all(usable, outcomes, settings)
    except asyncio.CancelledError:
        outcomes.interrupt()
        raise


async def _queue_all(lines: Mapping[int, Asked], outcomes: Outcomes, settings: Settings) -> int:
    if settings.server is not None:
        from eaa.cli import remote_create

        return await remote_create.create_many(lines, outcomes, settings=settings)
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        repositories = repositories_of(settings, desk=records.desk)
        for number, asked in lines.items():
            try:
                opened = await _queue(asked, settings, records, repositories)
            except EaaError as error:
                outcomes.refused(number, code=error.code, message=str(error))
            else:
                outcomes.queued(number, _facts(opened))
        await signals.ring(RUNS_TOPIC)
    return outcomes.end()


async def _queue(asked: Asked, settings: Settings, records: Records, repositories: Repositories) -> Opened:
    options = asked.options
    site = site_of(settings)
    issue = asked.issue or await fetch_issue(options.request, site=site)
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
        priority=asked.priority,
    )
    return await open_run(request, owner_slot=None, desk=records.desk)


def _has_models(settings: Settings) -> bool:
    from eaa.wiring.agents import has_models

    return has_models(settings, os.environ)


def _facts(opened: Opened) -> dict[str, Any]:
    run = opened.run
    return {"task": run.task_id, "run": run.id, "state": run.state, "is_new": opened.is_new, "base": opened.order.base}


def _state(opened: Opened) -> str:
    return "queued" if opened.is_new else f"was there already: {opened.run.state}"
