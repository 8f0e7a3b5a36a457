"""Transcripts for tests, entry by entry."""

from datetime import timedelta

from eaa.adapters.memory.clock import START
from eaa.domain.ids import CommitId
from eaa.domain.transcript import Entry, Noted, Opened, Replied
from eaa.engine.agent.tools.specs import TOOLS
from tests.support.agent_world import call, says

OPENED = Opened("system", "brief", "instruction", TOOLS, CommitId("c" * 40))


def noted(*entries: Entry) -> tuple[Noted, ...]:
    """Return entries in their places, a second apart."""
    return tuple(Noted(place, START + timedelta(seconds=place), entry) for place, entry in enumerate(entries, start=1))


def reply(calls: int) -> Replied:
    """Return an answer with so many calls."""
    return Replied(says("words", *(call("read", number, path="a") for number in range(calls))), "m", 1)
