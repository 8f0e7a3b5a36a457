"""Services of an installation as real processes, to be killed, frozen and told to stop."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from eaa.adapters.schemas.schemas import JsonSchemas
from tests.e2e.support.real_runs import RealRuns, eaa_command, environment_of, lay_out_runs
from tests.support.freezing import is_free

PATIENCE_S = 120.0
VARIABLES = {"EAA_LOG_FORMAT": "json", "EAA_DRAIN_S": "1"}
"""Of the processes of an installation, unless a test says otherwise."""
EVENT_SHAPES = Path(__file__).parents[3] / "docs" / "reference" / "event-schemas.json"


@dataclass(slots=True)
class Service:
    """A process that serves; its log grows in a file."""

    name: str
    process: "subprocess.Popen[str]"
    log: Path
    slot: str = ""
    address: str = ""
    """Where it listens, if for nothing else than to tell how it is."""
    grpc: str = ""
    """Where it listens for gRPC."""

    def kill(self) -> None:
        """End it where it stands."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Let it do nothing more, and keep everything it holds."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Tell it to end, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def events(self) -> list[str]:
        """Return the names of what it has logged so far."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line)["event"] for line in lines if line.startswith("{")]


@dataclass(slots=True)
class Services:
    """An installation: a project, a home, and the processes that were started on it."""

    runs: RealRuns
    folder: Path
    database_url: str | None = None
    started: list[Service] = field(default_factory=list)

    def start(self, *words: str, variables: Mapping[str, str] | None = None, most_files: int | None = None) -> Service:
        """Start `eaa serve WORDS` and return when it says that it is ready.

        Args:
            words: What to serve, and its options.
            variables: More of its environment.
            most_files: How many files it may have open at a time.
        """
        limited = () if most_files is None else ("sh", "-c", f'ulimit -n {most_files} && exec "$0" "$@"')
        name = f"{' '.join(words)} {len(self.started)}"
        log = self.folder / f"{name.replace(' ', '-')}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [*limited, *eaa_command(), "serve", *words, "--port", "0", "--json"],
                cwd=self.folder,
                env={**environment_of(self.runs), **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        service = Service(name, process, log)
        self.started.append(service)
        assert process.stdout is not None
        said = json.loads(_first_object(process.stdout) or log.read_text())
        service.slot, service.address = said.get("slot", ""), said["address"]
        service.grpc = said.get("grpc", "")
        return service

    def freeze(self, service: Service) -> None:
        """Freeze a process; on SQLite at a moment at which it keeps nobody else from writing."""
        while True:
            service.freeze()
            time.sleep(0.005)
            if self.database_url is not None or is_free(self.runs.home):
                return
            service.thaw()
            time.sleep(0.03)

    def freeze_in_transaction(self, service: Service) -> None:
        """Freeze a process while it is in the middle of a transaction that holds a lock."""
        holding = (
            "SELECT 1 FROM pg_stat_activity JOIN pg_locks USING (pid)"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
            " AND locktype = 'transactionid' AND granted"
        )
        while True:
            service.freeze()
            time.sleep(0.005)
            if self.rows(holding):
                return
            service.thaw()
            time.sleep(0.002)

    def queue(self, *words: str) -> str:
        """Queue the demo's issue and return the run's id."""
        made = self.runs.eaa("task", "create", "issue.md", "--repo", ".", "--offline", "--yes", "--json", *words)
        assert made.returncode == 0, made.stderr
        run: str = json.loads(made.stdout)["run"]
        return run

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        if self.database_url is None:
            return self.runs.rows(query)
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something is so.

        Raises:
            AssertionError: It is not so after PATIENCE_S; the logs say what was done instead.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline_s:
                logs = "\n".join(f"--- {one.name}\n{one.log.read_text()[-3000:]}" for one in self.started)
                raise AssertionError(f"never: {what}\n{logs}\n{self._sessions()}")
            time.sleep(0.05)

    def _sessions(self) -> str:
        """Say what the sessions of Postgres are about and whom they wait for."""
        if self.database_url is None:
            return ""
        rows = self.rows(
            "SELECT pid, pg_blocking_pids(pid)::text, state, now() - state_change, left(query, 300)"
            " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return "\n".join(["--- sessions", *(" | ".join(map(str, row)) for row in rows)])

    def until_event(self, name: str) -> None:
        """Wait until an event of this type is on record."""
        self.until(lambda: bool(self.rows(f"SELECT 1 FROM events WHERE type = '{name}'")), f"event {name}")

    def until_done(self) -> None:
        """Wait until every run has come to its end."""
        self.until(lambda: all(state == "done" for (state,) in self.rows("SELECT state FROM runs")), "all runs done")

    def wrongs(self) -> list[str]:
        """Say what is not as it must be: one branch, one confirmed effect and one verdict a run, in order."""
        verdicts = self.rows("SELECT state, verdict FROM runs")
        effects = self.rows("SELECT run_id, kind, state FROM effects")
        branches = self.runs.git("for-each-ref", "--format=%(refname:short)", "refs/heads/eaa/").split()
        ended = self.rows("SELECT run_id, count(*) FROM events WHERE type = 'run.ended' GROUP BY run_id")
        found = []
        if any(row != ("done", "done") for row in verdicts):
            found.append(f"runs: {verdicts}")
        if sorted(effects) != sorted({(run, "publish branch", "confirmed") for run, *_ in effects}):
            found.append(f"effects: {effects}")
        if len(effects) != len(verdicts) or len(branches) != len(verdicts):
            found.append(f"{len(verdicts)} runs, {len(effects)} effects, branches {branches}")
        if any(count != 1 for _, count in ended) or len(ended) != len(verdicts):
            found.append(f"ends: {ended}")
        if self.runs.git("status", "--porcelain"):
            found.append("the checkout was touched")
        return found + self._unlike_their_shapes()

    def _unlike_their_shapes(self) -> list[str]:
        """Say which events are not as their published schemas have them."""
        shapes = json.loads(EVENT_SHAPES.read_text())
        schemas, found = JsonSchemas(), []
        for event_type, data in self.rows("SELECT DISTINCT type, data FROM events"):
            shape = shapes.get(event_type)
            problems = ["nobody published its shape"]
            if shape is not None:
                problems = [*schemas.problems(json.loads(bytes(data) or b"null"), json.dumps(shape))]
            found += [f"{event_type}: {problem}" for problem in problems]
        return found


def _first_object(lines: Iterable[str]) -> str:
    """Return the lines up to the end of the first JSON object; fewer when its writer ended before."""
    said = []
    for line in lines:
        said.append(line)
        if line == "}\n":
            break
    return "".join(said)


@contextmanager
def services_on_sqlite(folder: Path) -> Iterator[Services]:
    """Yield an installation with a project and a home of its own below a folder."""
    folder.chmod(0o755)
    with services_on(replace(lay_out_runs(folder), variables=VARIABLES), folder, None) as made:
        yield made


@contextmanager
def services_on(runs: RealRuns, folder: Path, database_url: str | None) -> Iterator[Services]:
    """Yield an installation; whatever is left of its processes at the end of the block is killed."""
    made = Services(runs, folder, database_url)
    try:
        yield made
    finally:
        for service in made.started:
            if service.process.poll() is None:
                os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()
            if service.process.stdout is not None:
                service.process.stdout.close()
