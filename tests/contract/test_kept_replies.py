"""What every keeper of replies promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.kept_reply import KeptReply
from eaa.ports.store import Store
from tests.makers import NOON, make_task

REPLY = KeptReply(DEFAULT_ORGANISATION, "key", "f" * 64, 201, b"", NOON)


async def test_a_reply_is_found_under_its_key_with_what_was_answered(store: Store) -> None:
    answered = replace(REPLY, body=b'{"task":"tsk_1"}')

    async with store.begin() as session:
        assert await session.kept_replies.claim(REPLY) is None
        await session.kept_replies.keep(answered)

    async with store.begin() as session:
        assert await session.kept_replies.find(DEFAULT_ORGANISATION, "key") == answered
        assert await session.kept_replies.claim(replace(REPLY, fingerprint="e" * 64)) == answered
        assert await session.kept_replies.find(OrganisationId("org_other"), "key") is None


async def test_a_transaction_that_fails_gives_its_key_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.begin() as session:
            await session.kept_replies.claim(REPLY)
            await session.tasks.add(make_task())
            raise ZeroDivisionError

    async with store.begin() as session:
        assert await session.kept_replies.claim(REPLY) is None


async def test_of_many_with_the_same_key_one_does_the_work(store: Store) -> None:
    done: list[int] = []

    async def ask(number: int) -> bytes:
        async with store.begin() as session:
            there = await session.kept_replies.claim(REPLY)
            if there is not None:
                return there.body
            done.append(number)
            await session.kept_replies.keep(replace(REPLY, body=b"%d" % number))
            return b"%d" % number

    answers = await asyncio.gather(*map(ask, range(8)))

    assert len(done) == 1
    assert set(answers) == {b"%d" % done[0]}


async def test_old_replies_are_forgotten(store: Store) -> None:
    async with store.begin() as session:
        for number in range(3):
            reply = replace(REPLY, key=f"key {number}", created_at=NOON + timedelta(days=number))
            await session.kept_replies.claim(reply)

    async with store.begin() as session:
        forgotten = await session.kept_replies.forget(DEFAULT_ORGANISATION, before=NOON + timedelta(days=2))
        left = [await session.kept_replies.find(DEFAULT_ORGANISATION, f"key {number}") for number in range(3)]

    assert forgotten == 2
    assert [reply is not None for reply in left] == [False, False, True]


async def test_a_reply_is_replaced_and_taken_out_only_as_it_was_seen(store: Store) -> None:
    answered, other = replace(REPLY, body=b"{}"), replace(REPLY, body=b"[]", created_at=NOON + timedelta(seconds=1))
    async with store.begin() as session:
        await session.kept_replies.claim(REPLY)

    async with store.begin() as session:
        outcomes = [
            await session.kept_replies.replace(answered, other),
            await session.kept_replies.remove(answered),
            await session.kept_replies.replace(REPLY, other),
            await session.kept_replies.replace(REPLY, answered),
        ]
        there = await session.kept_replies.find(DEFAULT_ORGANISATION, "key")
        outcomes.append(await session.kept_replies.remove(other))

    assert outcomes == [False, False, True, False, True]
    assert there == other
    async with store.begin() as session:
        assert await session.kept_replies.find(DEFAULT_ORGANISATION, "key") is None


async def test_of_many_who_take_a_reply_over_one_has_it(store: Store) -> None:
    async with store.begin() as session:
        await session.kept_replies.claim(REPLY)

    async def take_over(number: int) -> bool:
        async with store.begin() as session:
            return await session.kept_replies.replace(REPLY, replace(REPLY, body=str(number).encode()))

    assert sum(await asyncio.gather(*(take_over(number) for number in range(6)))) == 1
