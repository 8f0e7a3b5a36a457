"""`eaa toggle`: parts that are taken out of service and put back."""

import getpass
import socket

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.audit import AuditEntry
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.toggle import WITHOUT, Toggle, ToggleSetting
from eaa.engine.toggles import TOGGLES_TOPIC
from eaa.settings import load_settings
from eaa.wiring.records import Records, open_records
from eaa.wiring.signals import open_signals

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST_WHY = 500


async def list_toggles(*, is_json: bool) -> int:
    """Print every switch."""
    opened = open_records(load_settings(), progress=QuietProgress())
    async with opened as records, records.desk.store.begin() as session:
        settings = {setting.name: setting for setting in await session.toggle_settings.all(DEFAULT_ORGANISATION)}
    if is_json:
        print_json({"toggles": [_facts(name, settings.get(name)) for name in Toggle]})
        return ExitCode.DONE
    for name in Toggle:
        setting = settings.get(name)
        if setting is None or setting.is_on:
            print_line(f"{name:14} on    (off: {WITHOUT[name]})")
        else:
            when = setting.updated_at.strftime(_TIME)
            why = f": {setting.why}" if setting.why else ""
            print_line(f"{name:14} OFF   {WITHOUT[name]}; by {setting.who}, {when}{why}")
    return ExitCode.DONE


async def set_toggle(name: Toggle, *, is_on: bool, why: str, is_json: bool) -> int:
    """Set a switch, tell every process, and keep in the audit log who did it."""
    settings = load_settings()
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        setting = ToggleSetting(
            organisation_id=DEFAULT_ORGANISATION,
            name=name,
            is_on=is_on,
            why=why[:_LONGEST_WHY],
            who=_who(),
            updated_at=records.desk.clock.now(),
        )
        async with records.desk.store.begin() as session:
            await session.toggle_settings.put(setting)
        await _audit(setting, records)
        await signals.ring(TOGGLES_TOPIC)
    if is_json:
        print_json(_facts(name, setting))
    else:
        print_line(f"{name} is on" if is_on else f"{name} is off: {WITHOUT[name]}")
    return ExitCode.DONE


async def _audit(setting: ToggleSetting, records: Records) -> None:
    entry = AuditEntry(
        id=records.desk.ids.new("aud"),
        organisation_id=setting.organisation_id,
        created_at=setting.updated_at,
        who=setting.who,
        peer=socket.gethostname(),
        what=f"toggle {setting.name}",
        service="cli",
        outcome="on" if setting.is_on else "off",
        code="",
        why=setting.why or "no reason was given",
    )
    await records.audit.add(entry)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        return "somebody"


def _facts(name: Toggle, setting: ToggleSetting | None) -> dict[str, object]:
    return {
        "name": name,
        "is_on": setting is None or setting.is_on,
        "without": WITHOUT[name],
        "who": setting.who if setting is not None else None,
        "why": setting.why if setting is not None else None,
        "updated_at": setting.updated_at.strftime(_TIME) if setting is not None else None,
    }
