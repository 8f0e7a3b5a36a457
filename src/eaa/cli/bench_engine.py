"""`eaa bench engine`: durable workflows beside DBOS alone, services, takeovers, long histories, runs that wait."""

import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eaa.adapters.dbos.bench import bench_engine
from eaa.cli.exit_codes import ExitCode
from eaa.cli.output import print_json, print_line
from eaa.domain.errors import InvalidRequest
from eaa.settings import load_settings
from eaa.wiring.bench import open_journal_recorder
from eaa.wiring.engine_bench.records import bench_history, bench_waiting
from eaa.wiring.engine_bench.services import bench_services

SHORT_HISTORY = 100
WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class EngineBenchOptions:
    """How much is measured."""

    is_on_postgres: bool
    tasks: int
    kills: int
    finished: int
    waiting: int
    is_json: bool


async def engine(options: EngineBenchOptions) -> int:
    """Measure each part on new SQLite files, workflows and services on the database of the settings if asked to.

    Raises:
        InvalidRequest: Postgres is wished for and none is named.
    """
    url = load_settings().database_url if options.is_on_postgres else None
    if options.is_on_postgres and url is None:
        raise InvalidRequest("no Postgres is named", hint="Set EAA_DATABASE_URL to one whose content does not matter.")
    with tempfile.TemporaryDirectory(prefix="eaa-bench-") as name:
        folder = Path(name)
        found: dict[str, Any] = {}
        _say("workflows, in turns with DBOS alone")
        contenders = await bench_engine(folder, open_recorder=open_journal_recorder, postgres_url=url)
        found["contenders"] = [asdict(figures) for figures in contenders]
        _say(f"services: {options.tasks} tasks, {options.kills} kills")
        services = await bench_services(folder, postgres_url=url, tasks=options.tasks, kills=options.kills)
        found["services"] = asdict(services)
        _say(f"histories of {SHORT_HISTORY} and {options.finished} finished runs")
        histories = [await bench_history(folder, finished=count) for count in (SHORT_HISTORY, options.finished)]
        found["histories"] = [asdict(figures) for figures in histories]
        _say(f"{options.waiting} runs that wait")
        found["waiting"] = asdict(await bench_waiting(folder, runs=options.waiting, wait_s=WAIT_S))
    if options.is_json:
        print_json(found)
        return ExitCode.DONE
    for figures in found["contenders"]:
        name = f"{figures.pop('contender')} on {figures.pop('database')}"
        print_line(f"{name}: {_words(figures)}")
    print_line(f"services on {found['services'].pop('database')}: {_words(found['services'])}")
    for figures in found["histories"]:
        print_line(f"history: {_words(figures)}")
    print_line(f"waiting: {_words(found['waiting'])}")
    return ExitCode.DONE


def _words(figures: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} ({_words(value)})" if isinstance(value, dict) else f"{key} {value}" for key, value in figures.items()
    )


def _say(what: str) -> None:
    sys.stderr.write(f"measuring {what}\n")
