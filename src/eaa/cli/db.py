"""`eaa db`: the database's revision, forward and one step back."""

from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.domain.ids import DEFAULT_ORGANISATION
from eaa.domain.run import ENDED_STATES, RunState
from eaa.domain.shard import MAIN
from eaa.settings import load_settings
from eaa.wiring.revisions import Revisions
from eaa.wiring.shards import open_all_shards, settings_by_shard, shard_map


async def show_current(*, is_json: bool) -> int:
    """Print the revision, or that there is none yet."""
    revisions = Revisions(load_settings())
    found = await revisions.current()
    if is_json:
        print_json({"revision": found, "newest": revisions.newest})
    else:
        print_line(f"{found or 'no revision yet'}, the newest is {revisions.newest}")
    return ExitCode.DONE


async def upgrade_database(*, is_json: bool) -> int:
    """Bring the database to the newest revision and print it.

    Raises:
        DatabaseTooNew: A newer version wrote it. Nothing was changed.
    """
    revisions = Revisions(load_settings())
    await revisions.upgrade()
    return await show_current(is_json=is_json)


async def downgrade_database(*, is_yes: bool, is_json: bool) -> int:
    """Take the database one revision back; without a yes, only say what would be lost.

    Raises:
        InvalidRequest: Processes work on it, or it has no revision to go back from.
    """
    revisions = Revisions(load_settings())
    found, older, lost = await revisions.step_back()
    if is_yes:
        await revisions.downgrade(older)
    if is_json:
        print_json({"from": found, "to": older, "lost": lost, "is_done": is_yes})
    elif is_yes:
        print_line(f"{found} -> {older}; the next command of this version brings it back to {revisions.newest}")
    else:
        print_line(f"{found} -> {older} would lose: {lost}. Keep a copy of the database, then say --yes.")
    return ExitCode.DONE


async def list_shards(*, is_json: bool) -> int:
    """Bring every shard to the newest revision; print which organisation is where, and its unfinished runs.

    Raises:
        DatabaseUnreachable: There is no way to a shard.
    """
    main = load_settings(shard=MAIN)
    for settings in settings_by_shard(main).values():
        await Revisions(settings).upgrade()
    placed = shard_map(main).organisations.values()
    organisations = sorted({DEFAULT_ORGANISATION}.union(*placed))
    rows = []
    async with open_all_shards(main) as shards:
        for organisation in organisations:
            async with shards.store_of(organisation).begin() as session:
                runs = await session.runs.in_state(organisation, frozenset(RunState) - ENDED_STATES)
            rows.append({"organisation": organisation, "shard": shards.shard_of(organisation), "runs": len(runs)})
        if is_json:
            print_json({"shards": list(shards.names), "organisations": rows})
    for row in () if is_json else rows:
        print_line(f"{row['organisation']}  on {row['shard']}, {row['runs']} unfinished runs")
    return ExitCode.DONE
