"""`eaa replay`: repeat a run from its record, offline, up to the first thing that differs; or fork it."""

from contextlib import closing

import msgspec

from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import ReplayOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import open_progress
from eaa.cli.recordings import Source, find_repository, find_source, order_here
from eaa.domain.errors import InvalidRequest
from eaa.engine.replay.beginning import find_step
from eaa.engine.replay.replaying import ReplayReport
from eaa.settings import load_settings
from eaa.wiring.recordings import redactor_here
from eaa.wiring.replay import models_in, replay_recording
from eaa.wiring.tools import open_tools


async def replay_run(options: ReplayOptions) -> int:
    """Replay a record, or fork it, and return the exit code: 0 when nothing differs, 1 otherwise."""
    settings = load_settings()
    source = await find_source(options.source, settings)
    if options.model is not None:
        from eaa.cli.fork import fork_run

        return await fork_run(options, source)
    if source.is_bundle and options.is_unsafe:
        raise InvalidRequest(
            "a bundle is not replayed without a sandbox: it names commands that somebody else's model ran",
            hint="`eaa doctor` says what a sandbox needs here.",
        )
    first = find_step(source.recording, options.step).sequence if options.step else 1
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_tools(settings, progress=progress, is_unsafe=options.is_unsafe) as tools:
            progress.noted(_what(source))
            repository = await find_repository(source, options.repo, settings, tools)
            report = await replay_recording(
                source.recording,
                order_here(source, repository, python=options.python, has_consent=options.has_consent),
                first=first,
                settings=settings,
                tools=tools,
                redactor=await redactor_here(settings, source.recording, repository=repository.source),
            )
    _say(source, report, is_json=options.is_json)
    return ExitCode.DONE if report.is_same else ExitCode.FAULT


def _what(source: Source) -> str:
    run = source.recording.run
    answered = ", ".join(models_in(source.recording))
    with_whom = f"the recorded answers of {answered}" if answered else "no model was asked then"
    return f"replay of {run.id} of {run.created_at:%Y-%m-%d}: {with_whom}; nothing is sent, nothing is published"


def _say(source: Source, report: ReplayReport, *, is_json: bool) -> None:
    if is_json:
        print_json(
            {
                "ok": report.is_same,
                "run": source.recording.run.id,
                "steps": report.steps,
                "entries": report.entries,
                "difference": msgspec.to_builtins(report.difference),
                "notes": list(report.notes),
            }
        )
        return
    for note in report.notes:
        print_line(f"note: {note}")
    if report.difference is None:
        print_line(f"steps: {report.steps}, entries of conversations: {report.entries}")
        print_line("eaa replay: the same")
        return
    found = report.difference
    print_line(f"eaa replay: differs at {found.where}" + (f", {found.field}" if found.field else ""))
    print_line(f"  recorded: {found.recorded}")
    print_line(f"  now:      {found.now}")
