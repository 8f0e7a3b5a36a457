"""What every cache of costly reads promises."""

import asyncio

from eaa.ports.shared_cache import CachedRead, SharedCache
from tests.makers import NOON

READ = CachedRead(b"first line\nsecond line\x00\xff", NOON)


async def test_what_is_kept_is_found_as_it_was(shared_cache: SharedCache) -> None:
    before = await shared_cache.get("costs:evt_1")
    await shared_cache.put("costs:evt_1", READ, for_s=60)

    assert before is None
    assert await shared_cache.get("costs:evt_1") == READ
    assert await shared_cache.get("costs:evt_2") is None


async def test_what_is_kept_for_a_moment_is_gone_after_it(shared_cache: SharedCache) -> None:
    await shared_cache.put("costs:evt_1", READ, for_s=0.05)
    await asyncio.sleep(0.2)

    assert await shared_cache.get("costs:evt_1") is None


async def test_of_many_who_want_to_read_one_may(shared_cache: SharedCache) -> None:
    claims = await asyncio.gather(*(shared_cache.claim("k", owner=f"p{number}", for_s=60) for number in range(8)))

    assert sum(claims) == 1


async def test_a_claim_can_be_given_back_by_its_owner_alone(shared_cache: SharedCache) -> None:
    first = await shared_cache.claim("k", owner="one", for_s=60)
    await shared_cache.release("k", owner="other")
    taken = await shared_cache.claim("k", owner="other", for_s=60)
    again = await shared_cache.claim("k", owner="one", for_s=60)
    await shared_cache.release("k", owner="one")

    assert (first, taken, again) == (True, False, True)
    assert await shared_cache.claim("k", owner="other", for_s=60)


async def test_the_claim_of_a_process_that_is_gone_ends(shared_cache: SharedCache) -> None:
    await shared_cache.claim("k", owner="gone", for_s=0.05)
    await asyncio.sleep(0.2)

    assert await shared_cache.claim("k", owner="other", for_s=60)
    await shared_cache.release("k", owner="gone")
    assert not await shared_cache.claim("k", owner="third", for_s=60)
