"""What every source of keys promises, and the table of keys more than that."""

from datetime import UTC, datetime

import pytest

from eaa.domain.ids import DEFAULT_ORGANISATION, OrganisationId
from eaa.domain.model import Dialect, Provider
from eaa.domain.secret import Secret
from eaa.domain.stored_key import StoredKey
from eaa.ports.model_keys import ModelKeys
from eaa.ports.stored_keys import StoredKeys

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 13, tzinfo=UTC)
HOUSE = Provider(
    name="house",
    dialect=Dialect.OPENAI,
    base_url="http://127.0.0.1:9/v1",
    key_environment="HOUSE_KEYS",
    key_command=("printf", r"first-key\nsecond-key\n"),
)
FREE = Provider(name="free", dialect=Dialect.OPENAI, base_url="http://127.0.0.1:9/v1")
FIRST, SECOND = Secret("first-key"), Secret("second-key")


async def test_all_keys_come_in_their_order(model_keys: ModelKeys) -> None:
    assert await model_keys.keys(HOUSE) == (FIRST, SECOND)
    assert await model_keys.keys(HOUSE) == (FIRST, SECOND)


async def test_a_refresh_finds_them_again(model_keys: ModelKeys) -> None:
    await model_keys.keys(HOUSE)

    await model_keys.refresh(HOUSE)
    await model_keys.refresh(FREE)

    assert await model_keys.keys(HOUSE) == (FIRST, SECOND)


async def test_a_provider_that_needs_no_key_has_none(model_keys: ModelKeys) -> None:
    assert await model_keys.keys(FREE) == ()


async def test_kept_keys_come_back_the_oldest_first(stored_keys: StoredKeys) -> None:
    await stored_keys.add(DEFAULT_ORGANISATION, "house", SECOND, now=LATER)
    await stored_keys.add(DEFAULT_ORGANISATION, "house", FIRST, now=NOON)
    await stored_keys.add(DEFAULT_ORGANISATION, "garden", SECOND, now=NOON)

    assert await stored_keys.opened(DEFAULT_ORGANISATION, "house") == (FIRST, SECOND)
    assert await stored_keys.opened(DEFAULT_ORGANISATION, "nobody") == ()


async def test_a_key_added_again_keeps_its_place(stored_keys: StoredKeys) -> None:
    first = await stored_keys.add(DEFAULT_ORGANISATION, "house", FIRST, now=NOON)

    assert await stored_keys.add(DEFAULT_ORGANISATION, "house", FIRST, now=LATER) == first
    assert await stored_keys.opened(DEFAULT_ORGANISATION, "house") == (FIRST,)


async def test_a_list_shows_fingerprints(stored_keys: StoredKeys) -> None:
    first = await stored_keys.add(DEFAULT_ORGANISATION, "house", FIRST, now=NOON)

    assert await stored_keys.listed(DEFAULT_ORGANISATION) == (first,)
    assert first == StoredKey(DEFAULT_ORGANISATION, "house", FIRST.fingerprint, first.master_key, NOON)


async def test_a_removed_key_is_gone(stored_keys: StoredKeys) -> None:
    await stored_keys.add(DEFAULT_ORGANISATION, "house", FIRST, now=NOON)

    assert await stored_keys.remove(DEFAULT_ORGANISATION, "house", FIRST.fingerprint)
    assert not await stored_keys.remove(DEFAULT_ORGANISATION, "house", FIRST.fingerprint)
    assert await stored_keys.opened(DEFAULT_ORGANISATION, "house") == ()


async def test_organisations_share_no_keys(stored_keys: StoredKeys) -> None:
    other = OrganisationId("org_other")
    await stored_keys.add(other, "house", FIRST, now=NOON)

    assert await stored_keys.opened(DEFAULT_ORGANISATION, "house") == ()
    assert await stored_keys.listed(DEFAULT_ORGANISATION) == ()
    assert not await stored_keys.remove(DEFAULT_ORGANISATION, "house", FIRST.fingerprint)


@pytest.mark.parametrize("count", [0, 3])
async def test_sealing_anew_changes_no_key(stored_keys: StoredKeys, count: int) -> None:
    keys = tuple(Secret(f"key-{number}") for number in range(count))
    for key in keys:
        await stored_keys.add(DEFAULT_ORGANISATION, "house", key, now=NOON)

    assert await stored_keys.reseal() == count

    assert set(await stored_keys.opened(DEFAULT_ORGANISATION, "house")) == set(keys)
