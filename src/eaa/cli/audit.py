"""`eaa audit`: who was refused, who switched something, and why."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.audit import AuditEntry
from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.shard import MAIN
from eaa.settings import load_settings
from eaa.wiring.records import open_records
from eaa.wiring.shards import settings_for

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


async def list_audit(*, organisation: str | None, limit: int, is_json: bool) -> int:
    """Print an organisation's newest entries."""
    organisation_id = OrganisationId(organisation) if organisation else DEFAULT_ORGANISATION
    settings = settings_for(load_settings(shard=MAIN), organisation_id)
    async with open_records(settings, progress=QuietProgress()) as records:
        entries = await records.audit.newest(organisation_id, limit=limit)
    if is_json:
        print_json({"entries": [_facts(entry) for entry in entries]})
        return ExitCode.DONE
    for entry in entries:
        when = entry.created_at.strftime(_TIME)
        print_line(f"{when}  {entry.who} at {entry.peer}: {entry.what} {entry.outcome} by {entry.service}: {entry.why}")
    if not entries:
        print_line("nobody was refused, nothing was switched")
    return ExitCode.DONE


def _facts(entry: AuditEntry) -> dict[str, str]:
    return {
        "id": entry.id,
        "organisation": entry.organisation_id,
        "created_at": entry.created_at.strftime(_TIME),
        "who": entry.who,
        "peer": entry.peer,
        "what": entry.what,
        "service": entry.service,
        "outcome": entry.outcome,
        "code": entry.code,
        "why": entry.why,
    }
