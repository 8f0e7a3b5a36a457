"""`eaa effects`: what runs have written to the outside, or were about to."""

import getpass
import socket
from typing import Any

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.cli.progress import QuietProgress
from eaa.domain.effect import Effect, EffectState
from eaa.domain.errors import InvalidRequest
from eaa.domain.ids import DEFAULT_ORGANISATION, EffectId
from eaa.engine.reconciling import Reconciling
from eaa.engine.resolving import give_up, resolve_as_done
from eaa.settings import load_settings
from eaa.wiring.code_hosts import site_of
from eaa.wiring.records import open_records
from eaa.wiring.repositories import repositories_of

_TIME = "%Y-%m-%d %H:%M:%SZ"


async def list_effects(*, is_open: bool, limit: int, is_json: bool) -> int:
    """Print the newest writes, those that are not settled first."""
    intended = {EffectState.INTENDED}
    rest = set() if is_open else set(EffectState) - intended
    async with (
        open_records(load_settings(), progress=QuietProgress()) as records,
        records.desk.store.begin() as session,
    ):
        open_ones = await session.effects.newest(DEFAULT_ORGANISATION, states=intended, limit=limit)
        others = await session.effects.newest(DEFAULT_ORGANISATION, states=rest, limit=limit) if rest else ()
    effects = (*open_ones, *others)[:limit]
    if is_json:
        print_json({"effects": [_facts(effect) for effect in effects]})
        return ExitCode.DONE
    for effect in effects:
        print_line(f"{effect.id}  {effect.state}  {effect.kind} {effect.marker} in {effect.target}")
    if not effects:
        print_line("no write is open" if is_open else "nothing was written to the outside yet")
    return ExitCode.DONE


async def show_effect(effect_id: str, *, is_json: bool) -> int:
    """Print everything about one write, and what can be done about it.

    Raises:
        EffectNotFound: There is no such effect.
    """
    async with (
        open_records(load_settings(), progress=QuietProgress()) as records,
        records.desk.store.begin() as session,
    ):
        effect = await session.effects.get(EffectId(effect_id))
    if is_json:
        print_json(_facts(effect))
        return ExitCode.DONE
    for name, value in _facts(effect).items():
        print_line(f"{name}: {value if value is not None else '-'}")
    print_line(_next(effect))
    return ExitCode.DONE


async def resolve_effect(
    effect_id: str, *, outcome: str | None, receipt: str | None, why: str | None, is_json: bool
) -> int:
    """Settle a write whose end nobody saw; without an outcome, by looking for it in the outside.

    Raises:
        EffectNotFound: There is no such effect.
        InvalidRequest: It is settled already, or what is said of it does not fit.
        RunAlive: A process works on its run.
    """
    who = f"{getpass.getuser()}@{socket.gethostname()}"
    settings = load_settings()
    async with open_records(settings, progress=QuietProgress()) as records:
        desk, slots = records.desk, records.slots
        if outcome is None:
            repositories, site = repositories_of(settings, desk=desk), site_of(settings)
            looking = Reconciling(desk=desk, slots=slots, repositories=repositories, code_hosts=site)
            effect = await looking.settle(EffectId(effect_id))
        elif outcome == "done":
            effect = await resolve_as_done(EffectId(effect_id), receipt=receipt or "", who=who, desk=desk, slots=slots)
        elif outcome == "given-up":
            effect = await give_up(EffectId(effect_id), why=why or "", who=who, desk=desk, slots=slots)
        else:
            raise InvalidRequest(f"{outcome!r} is no outcome", hint="Say `--as done` or `--as given-up`.")
    is_settled = effect.state is not EffectState.INTENDED
    if is_json:
        print_json(_facts(effect))
    elif is_settled:
        print_line(f"effect {effect.id}: {effect.state}, {effect.receipt}")
    else:
        print_line(f"effect {effect.id} is not there: nothing was changed")
        print_line(_next(effect))
    return ExitCode.DONE if is_settled else ExitCode.WAITS


def _facts(effect: Effect) -> dict[str, Any]:
    return {
        "effect": effect.id,
        "run": effect.run_id,
        "kind": effect.kind,
        "target": effect.target,
        "marker": effect.marker,
        "state": effect.state,
        "receipt": effect.receipt,
        "origin": effect.origin,
        "payload_sha256": effect.payload_sha256,
        "created_at": effect.created_at.strftime(_TIME),
        "updated_at": effect.updated_at.strftime(_TIME),
    }


def _next(effect: Effect) -> str:
    match effect.state:
        case EffectState.INTENDED:
            return (
                f"It may have come through. `eaa resume {effect.run_id}` looks for it before it writes again. "
                f"Or say what became of it: `eaa effects resolve {effect.id} --as done --receipt …`, "
                "or `--as given-up --why …`."
            )
        case EffectState.CONFIRMED:
            return "It is there, once; nothing is left to do."
        case EffectState.REFUSED:
            return "It was not written, and no run will write it."
