"""`eaa export`: the record of a run as one file, without what belongs to this machine and its people."""

import re
from pathlib import Path

from eaa.adapters.files.bundles import write_bundle
from eaa.adapters.git.packs import RepositoryPacks
from eaa.cli.exit_codes import ExitCode
from eaa.cli.options import ExportOptions
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import RunId
from eaa.engine.llm.safety.secrets import find_secrets
from eaa.engine.recording import encode_recording, order_of
from eaa.engine.redaction import Redactor
from eaa.engine.workflows.order import Order
from eaa.ports.repositories import Repositories
from eaa.settings import load_settings
from eaa.wiring.recordings import recording_of, redactor_here
from eaa.wiring.records import open_records
from eaa.wiring.repositories import repositories_of

_COMMIT = re.compile(rb'"([0-9a-f]{40})"')
_LOOKED_AT_BYTES = 2_000_000
_MOST_NAMED = 5


async def export_run(options: ExportOptions) -> int:
    """Write a bundle and return 0."""
    settings = load_settings()
    recording = await recording_of(RunId(options.run), settings)
    order = order_of(recording)
    redactor = await redactor_here(settings, recording)
    content = encode_recording(recording, redactor)
    packed = None
    if not options.is_without_repository:
        async with open_records(settings, progress=QuietProgress()) as records:
            repositories = repositories_of(settings, desk=records.desk)
            await _refuse_secrets(order, repositories, redactor)
            await repositories.bring_run(order.repository, recording.run.id)
        named = {found.decode() for found in _COMMIT.findall(content)}
        packed = await RepositoryPacks(settings.home).pack(order.repository, order.base, recording.run.id, named=named)
    path = options.file or Path(f"{recording.run.id}.eaa.tar.gz")
    write_bundle(path, recording=content, repository=packed)
    _say(path, redactor, has_repository=packed is not None, is_json=options.is_json)
    return ExitCode.DONE


async def _refuse_secrets(order: Order, repositories: Repositories, redactor: Redactor) -> None:
    """Refuse to pack a repository whose files hold secrets: its commits cannot be redacted.

    Raises:
        InvalidRequest: Some do.
    """
    paths = [entry.path for entry in await repositories.list_files(order.repository, order.base)]
    files = await repositories.read_files(order.repository, order.base, paths, limit_bytes=_LOOKED_AT_BYTES)
    holding = [
        f"{path} ({found[0].what})"
        for path, content in files.items()
        if (found := find_secrets(content.decode(errors="replace"), values=redactor.secrets))
    ]
    if holding:
        more = f" and {len(holding) - _MOST_NAMED} more" if len(holding) > _MOST_NAMED else ""
        raise InvalidRequest(
            f"files of the base commit hold secrets: {', '.join(sorted(holding)[:_MOST_NAMED])}{more}",
            hint="Commits cannot be redacted. Export the record alone with --without-repository.",
        )


def _say(path: Path, redactor: Redactor, *, has_repository: bool, is_json: bool) -> None:
    size = path.stat().st_size
    if is_json:
        print_json(
            {
                "file": str(path),
                "size_bytes": size,
                "has_repository": has_repository,
                "redacted_texts": redactor.replaced,
            }
        )
        return
    print_line(f"bundle: {path} ({size / 1_000:.0f} kB)")
    print_line(f"redacted: {redactor.replaced} texts of the record (secrets, folders, names of this machine)")
    if has_repository:
        print_line("not redacted: the base commit with its history; it is in the bundle as it is, authors' names too")
    print_line(f"replay it anywhere: eaa replay {path}")
