"""`eaa events`: facts as they happened, and their readers."""

from datetime import UTC, date

import msgspec

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import EventId, TaskId
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_counting import COUNTS, count_anew
from eaa.engine.event_relay import EVENTS_TOPIC
from eaa.ports.store import Session
from eaa.settings import load_settings
from eaa.wiring.records import open_records
from eaa.wiring.signals import open_signals


async def list_events(*, after: str | None, task: str | None, limit: int, is_json: bool) -> int:
    """Print events, oldest first.

    Raises:
        EventNotFound: `after` names none.
    """
    async with (
        open_records(load_settings(), progress=QuietProgress()) as records,
        records.desk.store.begin() as session,
    ):
        if after is not None:
            await session.events.get(EventId(after))
        seen, of_task = (EventId(after) if after else None), (TaskId(task) if task else None)
        found = await session.events.after(seen, limit=limit, task_id=of_task)
    if is_json:
        print_json({"events": [msgspec.json.decode(cloud_event_json(event)) for event in found]})
        return ExitCode.DONE
    for event in found:
        print_line(f"{event.created_at:%Y-%m-%d %H:%M:%SZ}  {event.id}  {event.task_id}  {event.type}")
    if not found:
        print_line("no event" if after is None else f"no event after {after}")
    return ExitCode.DONE


async def replay_events(*, consumer: str, start: str, is_json: bool) -> int:
    """Let a reader read again from the day of an event, or from a day on.

    Raises:
        InvalidRequest: There is no such reader, or the start is neither an event nor a day.
        EventNotFound: No event is called that.
    """
    if consumer != COUNTS:
        raise InvalidRequest(f"there is no reader {consumer!r}", hint=f"Readers are: {COUNTS}.")
    settings = load_settings()
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        async with records.desk.store.begin() as session:
            since = await _day_of(session, start)
            await count_anew(session, since=since)
        await signals.ring(EVENTS_TOPIC)
    if is_json:
        print_json({"consumer": consumer, "from": since.isoformat()})
    else:
        print_line(f"{consumer}: everything from {since} on is read again as soon as a dispatcher runs")
    return ExitCode.DONE


async def _day_of(session: Session, start: str) -> date:
    if start.startswith("evt_"):
        return (await session.events.get(EventId(start))).created_at.astimezone(UTC).date()
    try:
        return date.fromisoformat(start)
    except ValueError as error:
        raise InvalidRequest(
            f"{start!r} is neither an event nor a day", hint="Give an id (evt_…) or a day such as 2026-11-01."
        ) from error
