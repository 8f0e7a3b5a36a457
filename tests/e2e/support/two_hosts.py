"""Two machines of an installation: one Postgres, and an EAA_HOME for each that the other never looks into."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.e2e.support.real_runs import RealRuns, lay_out_runs
from tests.e2e.support.services import VARIABLES, Service, Services, services_on


@dataclass(frozen=True, slots=True)
class TwoHosts:
    """The installation as its first host sees it, and the second one's home."""

    first: Services
    second_home: Path

    def start_on_second(self, *words: str) -> Service:
        """Start `eaa serve WORDS` on the second host."""
        return self.first.start(*words, variables=self.second_variables)

    @property
    def second_variables(self) -> Mapping[str, str]:
        """What processes of the second host find in their environment."""
        return {"EAA_HOME": str(self.second_home)}

    @property
    def on_second(self) -> RealRuns:
        """Commands on the second host."""
        return replace(self.first.runs, home=self.second_home)

    def lose_first_disk(self) -> None:
        """Remove the first host's home; its processes are dead."""
        # Away at once: what the machine had started in its sandboxes may still write for a moment while it ends.
        lost = self.first.runs.home.rename(self.first.runs.home.with_name("lost"))
        shutil.rmtree(lost, ignore_errors=True)


@contextmanager
def two_hosts(folder: Path, database_url: str) -> Iterator[TwoHosts]:
    """Yield two hosts; the project lies on the first."""
    runs = replace(lay_out_runs(folder), variables={**VARIABLES, "EAA_DATABASE_URL": database_url})
    with services_on(runs, folder, database_url) as services:
        yield TwoHosts(services, folder / "second home")


def with_variables(hosts: TwoHosts, variables: Mapping[str, str]) -> TwoHosts:
    """Return the same hosts, whose processes find more in their environment from now on."""
    hosts.first.runs = replace(hosts.first.runs, variables={**hosts.first.runs.variables, **variables})
    return hosts
