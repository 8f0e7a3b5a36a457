"""What every keeper of commit packs promises."""

from dataclasses import replace

import pytest

from eaa.domain.blob import blob_id_of
from eaa.domain.commit_pack import BASE_RUN, CommitPack
from eaa.domain.ids import DEFAULT_ORGANISATION, CommitId, RepositoryId, RunId
from eaa.ports.store import Store

BASE, HEAD = CommitId("b" * 40), CommitId("a" * 40)
PACK = CommitPack(
    organisation_id=DEFAULT_ORGANISATION,
    repository_id=RepositoryId("0123456789abcdef"),
    commit=HEAD,
    run_id="run_1",
    needs=BASE,
    shallow="",
    blob=blob_id_of(b"pack"),
    size_bytes=4,
)


async def test_a_pack_is_found_by_its_commit_from_any_run(store: Store) -> None:
    base = replace(PACK, commit=BASE, run_id=BASE_RUN, needs=None, shallow=BASE)
    async with store.begin() as session:
        await session.commit_packs.add(PACK)
        await session.commit_packs.add(base)

    async with store.begin() as session:
        packs = session.commit_packs
        assert await packs.find(PACK.repository_id, HEAD) == PACK
        assert await packs.find(PACK.repository_id, BASE) == base
        assert await packs.find(PACK.repository_id, CommitId("c" * 40)) is None
        assert await packs.find(RepositoryId("another"), HEAD) is None


async def test_a_pack_that_is_there_stays_as_it_is(store: Store) -> None:
    async with store.begin() as session:
        await session.commit_packs.add(PACK)
        await session.commit_packs.add(replace(PACK, blob=blob_id_of(b"another"), size_bytes=7))

    async with store.begin() as session:
        assert await session.commit_packs.of_run(RunId("run_1")) == (PACK,)


async def test_the_packs_of_a_run_are_its_own(store: Store) -> None:
    earlier = replace(PACK, commit=CommitId("0" * 40))
    async with store.begin() as session:
        for pack in (PACK, earlier, replace(PACK, run_id="run_2")):
            await session.commit_packs.add(pack)

    async with store.begin() as session:
        assert await session.commit_packs.of_run(RunId("run_1")) == (earlier, PACK)
        assert await session.commit_packs.of_run(RunId("run_3")) == ()


async def test_what_a_transaction_that_fails_has_added_is_not_there(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.begin() as session:
            await session.commit_packs.add(PACK)
            raise RuntimeError

    async with store.begin() as session:
        assert await session.commit_packs.find(PACK.repository_id, HEAD) is None
