"""What a loop has used."""

from dataclasses import replace
from datetime import timedelta

from eaa.adapters.memory.clock import START
from eaa.domain.transcript import Ended, EndReason, Entry, Noted, Resumed, Told, Voice
from eaa.engine.agent.limits import Limits, Usage, passed, used
from tests.support.agent_world import says
from tests.support.transcripts import OPENED, noted, reply


def test_the_time_between_a_kill_and_a_resume_does_not_count() -> None:
    times_s = (0, 10, 10_000, 10_005)
    entries: tuple[Entry, ...] = (OPENED, reply(0), Resumed(""), Told(Voice.NUDGE, "go"))
    transcript = [
        Noted(place, START + timedelta(seconds=at), entry)
        for place, (at, entry) in enumerate(zip(times_s, entries, strict=True), start=1)
    ]

    usage = Usage()
    for one in transcript:
        usage.add(one)
    now = usage.used(now=START + timedelta(seconds=10_008))
    assert used(transcript) == usage.used()
    assert (usage.used().wall_s, now.wall_s) == (15, 18)
    assert passed(now, Limits(wall_s=18)) == "18 s of work"
    assert passed(now, Limits(wall_s=19)) is None


def test_all_but_money_counts_from_where_a_limit_ended_the_loop() -> None:
    usage = Usage()
    for one in noted(OPENED, reply(0), reply(0), Ended(EndReason.LIMIT, "2 answers"), Resumed(""), reply(0)):
        usage.add(one)

    spent, counted = usage.used(), usage.counted(now=START + timedelta(seconds=6))

    assert (spent.answers, counted.answers) == (3, 1)
    assert spent.tokens.total_tokens == 3 * counted.tokens.total_tokens
    assert counted.cost_microusd == spent.cost_microusd
    assert passed(counted, Limits(answers=2)) is None


def test_an_end_that_is_no_limit_grants_nothing() -> None:
    usage = Usage()
    for one in noted(OPENED, reply(0), Ended(EndReason.SUBMITTED, "done"), Resumed("")):
        usage.add(one)

    assert usage.counted(now=START).answers == 1


def test_tokens_that_nobody_counted_are_none_and_unknown_prices_are_nothing() -> None:
    silent = replace(reply(0), completion=says("words", usage=None), cost_microusd=None)

    spent = used(noted(OPENED, silent, Ended(EndReason.LIMIT, "x")))

    assert (spent.tokens.total_tokens, spent.cost_microusd, spent.answers) == (0, 0, 1)
