"""Processes killed at random moments while tasks keep coming in, and what became of the tasks."""

import asyncio
import random
import signal
from dataclasses import dataclass, field

from eaa.domain.ids import RunId
from tests.matrix.world import MatrixWorld, Member, Tally
from tests.support.git_project import GitProject

SERVICES = (
    ["dispatcher with roles"],
    ["dispatcher with roles"],
    ["dispatcher", "pm", "sa", "rd"],
    ["pm", "sa", "rd", "sd", "qa", "sre"],
)
"""What each process does: some dispatchers call roles as functions, one asks them through their queues."""
BUSY = 4
"""Tasks that are on their way at any moment."""
LONGEST_PAUSE_S = 0.6
FROZEN_S = 11.0
"""For which a process is frozen now and then instead: longer than until it counts as gone."""
ONE_IN = 40


@dataclass(slots=True)
class RandomKills:
    """What was done, and what came of it."""

    kills: int = 0
    freezes: int = 0
    tally: Tally = field(default_factory=Tally)
    ended: int = 0
    """Processes that had ended by themselves when they were to be killed; nothing here is a reason to."""

    def __add__(self, other: "RandomKills") -> "RandomKills":
        return RandomKills(
            self.kills + other.kills,
            self.freezes + other.freezes,
            self.tally + other.tally,
            self.ended + other.ended,
        )

    @property
    def is_right(self) -> bool:
        """Whether everything was done once, and no process ended that nobody killed."""
        return self.tally.is_right and not self.ended


async def kill_at_random(world: MatrixWorld, *, kills: int, seed: int) -> RandomKills:
    """Kill and freeze processes of an installation while it works, let it finish, and judge every task."""
    chance = random.Random(seed)
    done = RandomKills()
    members = [await world.start(services) for services in SERVICES]
    queued: list[tuple[RunId, GitProject]] = []
    while done.kills < kills:
        while await _unfinished(world, queued) < BUSY:
            project = world.project()
            queued.append(((await world.queue(project)).id, project))
        await asyncio.sleep(chance.uniform(0.0, LONGEST_PAUSE_S))
        place = chance.randrange(len(members))
        if chance.randrange(ONE_IN) == 0:
            await _freeze_for_long(members[place])
            done.freezes += 1
            continue
        if world.is_alive(members[place]):
            members[place].send(signal.SIGKILL)
            done.kills += 1
        else:
            print(f"ended by itself: {SERVICES[place]}: {members[place].log.read_text()[-2000:]}", flush=True)
            done.ended += 1
        members[place] = await world.start(SERVICES[place])
    for run_id, project in queued:
        done.tally += await world.judged([run_id], [project])
    await world.end()
    return done


async def _unfinished(world: MatrixWorld, queued: list[tuple[RunId, GitProject]]) -> int:
    states = [await world.is_over(run_id) for run_id, _ in queued[-2 * BUSY :]]
    return states.count(False)


async def _freeze_for_long(member: Member) -> None:
    member.send(signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    member.send(signal.SIGCONT)
