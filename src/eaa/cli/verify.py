"""`eaa verify`: derive everything in a record again."""

from contextlib import closing
from pathlib import Path

from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import VerifyOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import open_progress
from eaa.cli.requests import environment_request, open_repository
from eaa.cli.results import run_folder
from eaa.domain.errors import EvidenceUnreadable
from eaa.engine.evidence.record import decode_evidence
from eaa.engine.evidence.verify import verify_evidence
from eaa.engine.evidence.words import verification_lines
from eaa.settings import load_settings
from eaa.wiring.tools import open_tools

_LIMIT_BYTES = 5_000_001


async def verify_record(options: VerifyOptions) -> int:
    """Re-derive evidence and return the exit code: 0 when nothing differs, 1 otherwise."""
    settings = load_settings()
    evidence = decode_evidence(_content(_path(options.evidence, settings.home)))
    with closing(open_progress(is_json=options.is_json)) as progress:
        async with open_tools(settings, progress=progress, is_unsafe=options.is_unsafe) as tools:
            repository, _, _ = await open_repository(options.repo, None, tools=tools)
            progress.stage_started("verify")
            report = await verify_evidence(
                evidence,
                repository=repository,
                request=environment_request(python=options.python, has_consent=options.has_consent),
                toolchain=tools.toolchain,
                repositories=tools.repositories,
                workspaces=tools.workspaces,
                progress=progress,
            )
            progress.stage_ended("verify", "ok" if report.is_same else f"{len(report.differences)} differences")
    if options.is_json:
        print_json({"ok": report.is_same, "differences": list(report.differences), "notes": list(report.notes)})
    else:
        for line in verification_lines(report):
            print_line(line)
    return ExitCode.DONE if report.is_same else ExitCode.FAULT


def _path(evidence: str, home: Path) -> Path:
    is_run = evidence.startswith("run_") and not Path(evidence).exists()
    return run_folder(home, evidence) / "evidence.json" if is_run else Path(evidence)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT_BYTES)
    except OSError as error:
        raise EvidenceUnreadable(
            f"{path} cannot be read: {error.strerror}", hint="Name an evidence.json, or a run that ended with evidence."
        ) from error
