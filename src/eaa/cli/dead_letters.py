"""`eaa dead-letter`: events that a reader could not deal with."""

from typing import Any

import msgspec

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.errors import InvalidRequest
from eaa.domain.event_failure import EventFailure
from eaa.domain.ids import DEFAULT_ORGANISATION, EventId
from eaa.engine.cloud_events import cloud_event_json
from eaa.engine.event_consumer import retry_dead_letter
from eaa.engine.event_relay import EVENTS_TOPIC
from eaa.ports.store import Session
from eaa.settings import load_settings
from eaa.wiring.records import open_records
from eaa.wiring.signals import open_signals


async def list_dead_letters(*, limit: int, is_json: bool) -> int:
    """Print the newest dead letters."""
    async with (
        open_records(load_settings(), progress=QuietProgress()) as records,
        records.desk.store.begin() as session,
    ):
        found = await session.readers.dead(DEFAULT_ORGANISATION, limit=limit)
    if is_json:
        print_json({"dead_letters": [_facts(one) for one in found]})
        return ExitCode.DONE
    for one in found:
        print_line(f"{one.event_id}  {one.consumer}, task {one.task_id}, {one.attempts} tries, {one.code}")
    if not found:
        print_line("no dead letter")
    return ExitCode.DONE


async def show_dead_letter(event: str, *, consumer: str, is_json: bool) -> int:
    """Print a dead letter and its event.

    Raises:
        InvalidRequest: There is none of this reader.
    """
    async with (
        open_records(load_settings(), progress=QuietProgress()) as records,
        records.desk.store.begin() as session,
    ):
        failure = await _dead(session, consumer, event)
        told = msgspec.json.decode(cloud_event_json(await session.events.get(failure.event_id)))
    facts = _facts(failure) | {"told": told}
    if is_json:
        print_json(facts)
        return ExitCode.DONE
    for name, value in facts.items():
        print_line(f"{name}: {value if isinstance(value, str | int) else msgspec.json.encode(value).decode()}")
    print_line(f"try it again: eaa dead-letter retry {failure.event_id} --consumer {consumer}")
    return ExitCode.DONE


async def retry(event: str, *, consumer: str, is_json: bool) -> int:
    """Let a reader try a dead letter again.

    Raises:
        InvalidRequest: There is none of this reader.
    """
    settings = load_settings()
    async with open_records(settings, progress=QuietProgress()) as records, open_signals(settings) as signals:
        desk = records.desk
        async with desk.store.begin() as session:
            failure = await retry_dead_letter(session, await _dead(session, consumer, event), clock=desk.clock)
        await signals.ring(EVENTS_TOPIC)
    if is_json:
        print_json(_facts(failure))
    else:
        print_line(f"{failure.event_id}: {consumer} tries it again as soon as a dispatcher runs")
    return ExitCode.DONE


async def _dead(session: Session, consumer: str, event: str) -> EventFailure:
    failure = await session.readers.get(consumer, EventId(event))
    if failure is None or not failure.is_dead:
        raise InvalidRequest(
            f"{consumer} has no dead letter {event}", hint="`eaa dead-letter list` shows them, with their readers."
        )
    return failure


def _facts(failure: EventFailure) -> dict[str, Any]:
    return {
        "event": failure.event_id,
        "consumer": failure.consumer,
        "task": failure.task_id,
        "attempts": failure.attempts,
        "is_dead": failure.is_dead,
        "code": failure.code,
        "hint": failure.hint,
        "created_at": failure.created_at.isoformat(),
    }
